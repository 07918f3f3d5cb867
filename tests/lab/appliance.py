"""Puts the appliance into a plain root file system: its units, scripts, settings, certificates and accounts.

What differs between the appliance's versions is data here; everything else is a file in appliance_files/.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.lab.addresses import (
    APPLIANCE,
    DATAPLANE_PASSWORD,
    FRONTEND,
    HOSTNAME,
    MANAGEMENT,
    NICS,
    PLAIN_USER,
    ROOT_PASSWORD,
    SUDO_USER,
    SUPERVISOR_SERVICE,
    SUPERVISORS,
    VIP,
    VIP_RANGE,
    WORKLOAD,
    Nic,
)
from tests.lab.certificates import Certificates
from tests.lab.commands import LabError, run

FILES: Final = Path(__file__).parent / "appliance_files"
# The steps of the first boot as its log names them on the last build, in order: by the last one the product tells that
# it went through.
FIRST_BOOT: Final = (
    "publishUserdata",
    "publishMetadata",
    "permitRootViaSSH",
    "setHAProxyUserPass",
    "setDataPlaneAPIPort",
    "writeCAfiles",
    "writeAnyipConfig",
    "writeWorkloadNetworks",
    "disableDefaultRoutes",
    "writeNetPostConfig",
    "writeRouteTableConfig",
)
MACHINE_ID: Final = "8f2d6c0e5b7a4f31a9c4d1e6b3f70255"


@dataclass(frozen=True)
class Version:
    """How one build of the appliance differs from the others."""

    route_tables: str  # which of the three scripts
    link_lines: bool  # a link-scope line beside each default line
    net_postconfig: bool  # lines written at every boot, not once at deployment
    restarts: bool  # Restart=always on route-tables


# "head" is what was committed after the last OVA; site-built appliances and the captures are of it.
DEFAULT_VERSION: Final = "head"
VERSIONS: Final = {
    "0.1.8": Version("0.1.8", link_lines=False, net_postconfig=False, restarts=False),
    "0.1.10": Version("0.1.10", link_lines=True, net_postconfig=False, restarts=False),
    "0.2.0": Version("0.2.0", link_lines=True, net_postconfig=False, restarts=False),
    DEFAULT_VERSION: Version("0.2.0", link_lines=True, net_postconfig=True, restarts=True),
}


def install(root: Path, version_name: str, certificates: Certificates, authorized_key: str, host_keys: Path) -> None:
    """Make `root` the appliance as its first boot would find it (or, for old versions, as deployment left it)."""
    version = VERSIONS.get(version_name)
    if version is None:
        raise LabError(f"no appliance {version_name}; there are {', '.join(VERSIONS)}")
    _install_settings(root, version)
    _install_scripts_and_units(root, version)
    _install_network(root)
    certificates.install(root / "etc/haproxy")
    for key in host_keys.iterdir():
        _copy(key, root / "etc/ssh" / key.name, mode=0o600)
    _install_accounts(root, authorized_key)


def haproxy_frontend(name: str, service: str, vip: str, port: int, servers: tuple[str, ...]) -> str:
    """A frontend and its backend in the form in which the Supervisor programs them."""
    lines = [
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
        f"  tcp-check connect port {port} ssl",
    ]
    for server in servers:
        lines.append(f"  server {service}-{server}:{port} {server}:{port} check weight 100 verify none")
    return "\n".join(lines) + "\n"


def _install_settings(root: Path, version: Version) -> None:
    values = {"MANAGEMENT_IP": APPLIANCE, "VIP_RANGE": VIP_RANGE, "API_PASSWORD_HASH": _api_password_hash()}
    anyip = _filled("etc/anyip-routes.cfg", values)
    _write(root / "etc/vmware/anyip-routes.cfg", anyip)
    _write(root / "etc/vmware/route-tables.cfg", _filled("etc/route-tables.cfg", {}) + _deployed_lines(version))
    _write(root / "etc/haproxy/dataplaneapi.cfg", _filled("etc/dataplaneapi.cfg", values))
    haproxy = _filled("etc/haproxy.cfg", values)
    haproxy += haproxy_frontend("nginx", SUPERVISOR_SERVICE, VIP, 443, SUPERVISORS)
    haproxy += haproxy_frontend("kube-apiserver", SUPERVISOR_SERVICE, VIP, 6443, SUPERVISORS)
    _write(root / "etc/haproxy/haproxy.cfg", haproxy)
    _write(root / "etc/ssh/sshd_config.d/appliance.conf", _filled("etc/sshd_config", values))
    # By this the product knows that nobody's users are behind it: repairs need no second word here.
    release = root / "usr/lib/os-release"
    release.write_text(f"{release.read_text()}VARIANT_ID=noroute-lab\n")
    _write(root / "var/log/cloud-init.log", "Cloud-init v. 20.4.1 finished\n")
    _write(root / "var/log/vmware/ovf-to-cloud-init.log", "".join(f"+ {step}\n" for step in FIRST_BOOT), mode=0o600)


def _deployed_lines(version: Version) -> str:
    """The policy-table lines that builds without net-postconfig have from their deployment on."""
    if version.net_postconfig:
        return ""
    lines = ""
    for number, nic in ((2, WORKLOAD), (3, FRONTEND)):
        base = f"{number},{nic.name},{nic.mac},{nic.address}"
        lines += f"{base},{nic.gateway}\n" + (f"{base}\n" if version.link_lines else "")
    return lines


def _install_scripts_and_units(root: Path, version: Version) -> None:
    scripts, units = FILES / "scripts", root / "etc/systemd/system"
    library = root / "var/lib/vmware"
    _copy(scripts / "anyiproutectl.sh", library / "anyiproutectl.sh", mode=0o755)
    _copy(scripts / f"routetablectl-{version.route_tables}.sh", library / "routetablectl.sh", mode=0o755)
    _copy(scripts / "dataplaneapi", root / "usr/local/bin/dataplaneapi", mode=0o755)
    _copy(scripts / "new-cert.sh", root / "usr/local/bin/new-cert.sh", mode=0o755)
    wanted = ["anyip-routes.service", "route-tables.service", "haproxy.service", "dataplaneapi.service"]
    if version.net_postconfig:
        wanted.append("net-postconfig.service")
        nics: dict[str, str] = {}
        for nic in (WORKLOAD, FRONTEND):
            nics |= {f"{nic.name.upper()}_MAC": nic.mac, f"{nic.name.upper()}_GATEWAY": nic.gateway}
        _write(library / "net-postconfig.sh", _filled("scripts/net-postconfig.sh", nics), mode=0o755)
    for unit in wanted:
        _copy(FILES / "units" / unit, units / unit)
        link = units / "multi-user.target.wants" / unit
        link.unlink(missing_ok=True)
        link.symlink_to(f"/etc/systemd/system/{unit}")
    if version.restarts:
        _write(units / "route-tables.service.d/restart.conf", "[Service]\nRestart=always\n")
    # sshd listens on the management address only, so it must not start before there is one.
    _write(units / "ssh.service.d/address.conf", "[Unit]\nAfter=network-online.target\nWants=network-online.target\n")
    _write(root / "etc/systemd/journald.conf.d/size.conf", "[Journal]\nSystemMaxUse=24M\n")


def _install_network(root: Path) -> None:
    for nic in NICS:
        _write(root / f"etc/systemd/network/10-{nic.name}.network", _network_file(nic))
    _write(root / "etc/hostname", f"{HOSTNAME}\n")
    _write(root / "etc/hosts", f"127.0.0.1 localhost\n{APPLIANCE} {HOSTNAME}\n")
    _write(root / "etc/machine-id", f"{MACHINE_ID}\n")


def _network_file(nic: Nic) -> str:
    gateway = f"Gateway={nic.gateway}" if nic is MANAGEMENT else ""
    return _filled("etc/10-nic.network", {"NAME": nic.name, "ADDRESS": nic.address, "GATEWAY": gateway})


def _install_accounts(root: Path, authorized_key: str) -> None:
    """root with the 90-day ageing of the appliance, a user who may do everything by sudo, one who may do nothing."""
    people = (SUDO_USER, PLAIN_USER)
    script = [f"echo root:{ROOT_PASSWORD} | chpasswd", "chage -M 90 root"]
    script += [f"useradd -m -s /bin/bash {user}; echo {user}:{ROOT_PASSWORD} | chpasswd" for user in people]
    run(["chroot", str(root), "/bin/sh", "-ec", "\n".join(script)])
    _write(root / f"etc/sudoers.d/{SUDO_USER}", f"{SUDO_USER} ALL=(ALL) NOPASSWD: ALL\n", mode=0o440)
    for home, owner in ((root / "root", "root"), *((root / "home" / user, user) for user in people)):
        _write(home / ".ssh/authorized_keys", authorized_key, mode=0o600)
        run(["chroot", str(root), "chown", "-R", f"{owner}:", f"/{(home / '.ssh').relative_to(root)}"])


def _api_password_hash() -> str:
    """md5-crypt, as the first boot of the appliance makes it."""
    return run(["openssl", "passwd", "-1", "-salt", "labsalt1", DATAPLANE_PASSWORD]).strip()


def _filled(name: str, values: dict[str, str]) -> str:
    text = (FILES / name).read_text()
    for key, value in values.items():
        text = text.replace(f"@{key}@", value)
    return text


def _write(path: Path, text: str, *, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def _copy(source: Path, target: Path, *, mode: int = 0o644) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(mode)
