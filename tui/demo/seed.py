"""What lies on the appliance's disk when it was deployed well: the files that the story is about, and their kin."""

from __future__ import annotations

import secrets

from checks.evidence import manifest
from tui.demo import world
from tui.demo.certificates import Certificates
from tui.demo.files import Disk

HOSTNAME = "haproxy.jarvis.lab"
RANGE = "10.10.18.16/28"
SERVICE = "domain-c8:3f0a91d2-kube-system-kube-apiserver-lb-svc"
# Interface, hardware address, network, gateway; the first one's gateway is the default route.
NICS = (
    ("management", "00:50:56:a7:41:01", world.MANAGEMENT, world.MANAGEMENT_GATEWAY),
    ("workload", "00:50:56:a7:41:02", world.WORKLOAD, world.WORKLOAD_GATEWAY),
    ("frontend", "00:50:56:a7:41:03", world.FRONTEND, world.FRONTEND_GATEWAY),
)
# Nobody's key: what lies where one would.
KEY = b"not a key: this appliance is simulated\n"
CLOUD_INIT_LOG = "/var/log/cloud-init.log"
KERNEL = "4.19.198-10.ph3"

_ANYIP = """\
#
# The ranges of virtual IPs that this appliance answers for, one CIDR a line.
#
# * A line that begins with # is a comment
# * Read by the anyip-routes service
#
{range}
"""
_ROUTE_TABLES = """\
#
# The policy tables that the route-tables service makes, one entry a line:
#
#   <TableID>,<TableName>,<MACAddress>,<NetworkCIDR>,<Gateway4>
#
# * A line that begins with # is a comment
#
"""
_DATAPLANE = """\
# Settings of the Data Plane API service.
LOG_LEVEL=warning
LOG_TO=stdout
SCHEME=https
HAPROXY_BIN=/usr/sbin/haproxy
CONFIG_FILE=/etc/haproxy/haproxy.cfg
RELOAD_CMD=/usr/bin/systemctl reload haproxy
RELOAD_DELAY=30
TLS_HOST={host}
TLS_PORT={port}
TLS_CERTIFICATE=/etc/haproxy/server.crt
TLS_KEY=/etc/haproxy/server.key
USERLIST=controller
ADDITIONAL_FLAGS=--update-map-files
"""
_HAPROXY = """\
global
  log stdout format raw local0 info
  chroot /var/lib/haproxy
  stats socket /run/haproxy.sock user haproxy group haproxy mode 660 level admin expose-fd listeners
  stats timeout 30s
  user haproxy
  group haproxy
  master-worker
  maxconn 60000
  mworker-max-reloads 100

defaults
  mode    tcp
  log     global
  option  tcplog
  option  dontlognull
  option  tcp-smart-accept
  timeout check       5s
  timeout connect     9s
  timeout client      10s
  timeout queue       5m
  timeout server      10s
  timeout tunnel      5m
  timeout client-fin  10s

userlist controller
  user admin password {hash}
"""
_OS = (
    'NAME="VMware Photon OS"\nVERSION="3.0"\nID=photon\nVERSION_ID=3.0\nPRETTY_NAME="VMware Photon OS/Linux"\n'
    "VARIANT_ID=noroute-demo\n"  # how anybody can tell that this is a simulation
)
_RT_TABLES = "#\n# reserved values\n#\n255\tlocal\n254\tmain\n253\tdefault\n0\tunspec\n#\n# local\n#\n#1\tinr.ruhep\n"
_SSHD = f"ListenAddress {world.APPLIANCE}\nPermitRootLogin yes\nPasswordAuthentication yes\nUsePAM yes\n"
_FIRST_BOOT = "".join(f"+ {step}\n" for step in manifest.FIRST_BOOT_STEPS)
_CLOUD_INIT = (
    "util.py[DEBUG]: Cloud-init v. 19.1 running 'modules:final'\n"
    "handlers.py[DEBUG]: finish: modules-final: SUCCESS: running modules for final\n"
)


def frontend(service: str, name: str, vip: str, port: int, servers: tuple[str, ...], to: int = 0) -> str:
    """A frontend and its backend as the Supervisor programs them; ``to`` is the servers' port where it differs."""
    to = to or port
    rows = [
        f"\nfrontend {service}-{name}",
        "  mode tcp",
        f"  bind {vip}:{port} name {service}-{vip}:{name}",
        f"  log-tag {service}",
        "  option tcplog",
        f"  default_backend {service}-{name}",
        f"\nbackend {service}-{name}",
        "  mode tcp",
        "  balance roundrobin",
        "  option tcp-check",
        f"  tcp-check connect port {to} ssl",
    ]
    rows += [f"  server {service}-{host}:{to} {host}:{to} check weight 100 verify none" for host in servers]
    return "\n".join(rows) + "\n"


def _network(name: str, address: str, gateway: str) -> str:
    text = f"[Match]\nName={name}\n\n[Network]\nAddress={address}\nLinkLocalAddressing=no\n"
    return text + (f"Gateway={gateway}\n" if name == "management" else "")


def fill(disk: Disk, certificates: Certificates) -> None:
    """Have all of it there."""
    haproxy = _HAPROXY.format(hash=f"$1${secrets.token_hex(4)}$" + secrets.token_urlsafe(16))
    haproxy += frontend(SERVICE, "nginx", world.VIP, 443, world.SUPERVISORS)
    haproxy += frontend(SERVICE, "kube-apiserver", world.VIP, 6443, world.SUPERVISORS)
    lines = "".join(
        f"{number},{name},{mac},{cidr},{gateway}\n{number},{name},{mac},{cidr}\n"
        for number, (name, mac, cidr, gateway) in enumerate(NICS[1:], 2)
    )
    texts = {
        manifest.ANYIP_CFG: _ANYIP.format(range=RANGE),
        manifest.ROUTE_TABLES_CFG: _ROUTE_TABLES + lines,
        manifest.HAPROXY_CFG: haproxy,
        manifest.HAPROXY_LKG: haproxy,
        manifest.DATAPLANE_CFG: _DATAPLANE.format(host=world.APPLIANCE, port=world.DATAPLANE_PORT),
        manifest.RT_TABLES: _RT_TABLES,
        manifest.SSHD_CONFIG: _SSHD,
        "/etc/os-release": _OS,
        "/etc/hostname": f"{HOSTNAME}\n",
        "/var/lib/vmware/.ovf_to_cloud_init.done": "",
    }
    texts |= {f"/etc/systemd/network/10-{name}.network": _network(name, cidr, gw) for name, _, cidr, gw in NICS}
    for path, text in texts.items():
        disk.plant(path, text.encode())
    for path, data in (
        (manifest.SERVER_CRT, certificates.appliance.pem),
        (manifest.CA_CRT, certificates.authority.pem),
    ):
        disk.plant(path, data)
    # Nobody's real keys: there is nothing in them, but they are there with their modes.
    for path in ("/etc/haproxy/server.key", "/etc/haproxy/ca.key"):
        disk.plant(path, KEY, 0o600)
    disk.plant(CLOUD_INIT_LOG, _CLOUD_INIT.encode())
    disk.plant(manifest.OVF_LOG, _FIRST_BOOT.encode(), 0o600)
    for script in ("anyiproutectl.sh", "routetablectl.sh", "net-postconfig.sh"):
        disk.plant(f"/var/lib/vmware/{script}", b"#!/bin/bash\n# simulated: what it does is part of the model\n", 0o755)
