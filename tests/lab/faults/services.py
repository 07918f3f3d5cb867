"""Faults in the units: haproxy, the Data Plane API, and how anyip-routes is switched on."""

from typing import Final

from tests.lab import network
from tests.lab.addresses import APPLIANCE, HOSTNAME, OUTSIDE_VIP, SUPERVISORS, VIP
from tests.lab.certificates import NAMES, sign
from tests.lab.commands import wait_for
from tests.lab.faults.fault import fault
from tests.lab.laboratory import Laboratory

HAPROXY: Final = "/etc/haproxy/haproxy.cfg"
SETTINGS: Final = "/etc/haproxy/dataplaneapi.cfg"
SSHD: Final = "/etc/ssh/sshd_config"
SHOW_STAT: Final = "echo 'show stat' | socat - /run/haproxy.sock"
OUTSIDE_FRONTEND: Final = f"""

frontend domain-c8:77aa0001-demo-web
  mode tcp
  bind {OUTSIDE_VIP}:443 name domain-c8:77aa0001-demo-web-{OUTSIDE_VIP}:https
  default_backend domain-c8:5c1b7f0e-kube-system-kube-apiserver-lb-svc-nginx
"""
MISSPELT_FRONTEND: Final = """
frontend demo
  mode tcp
  bindd 10.10.18.20:443
  default_backend nosuch
"""


@fault("A06", "C10", "C12", capture="g-bind-outside-boot")
def vip_outside_ranges(lab: Laboratory) -> None:
    """haproxy is told to bind a VIP that is in no range: it starts for none of them."""
    lab.box.append(HAPROXY, OUTSIDE_FRONTEND)


@fault("C25", "A06", capture="g2-bind-outside-live-reload", live=True)
def reload_refused_in_silence(lab: Laboratory) -> None:
    """The same by a reload: the command succeeds, the unit is active, the new VIP is not there."""
    lab.box.append(HAPROXY, OUTSIDE_FRONTEND)
    lab.box.must("systemctl reload haproxy")
    journal = "journalctl -b --no-pager -o cat -u haproxy"
    said = ("Loading failure!", "Reexecuting Master process in waitpid mode")
    wait_for("the refusal", lambda: any(words in lab.box.run(journal).out for words in said), seconds=15)


@fault("C11", "C12", capture="h-syntax-boot")
def haproxy_syntax(lab: Laboratory) -> None:
    """A misspelt keyword in haproxy.cfg, met at boot."""
    lab.box.append(HAPROXY, MISSPELT_FRONTEND)


@fault("C11", "C12")
def haproxy_syntax_with_copy(lab: Laboratory) -> None:
    """The same where the Data Plane API has kept the last configuration that worked."""
    lab.box.write(f"{HAPROXY}.lkg", lab.box.read(HAPROXY))
    lab.box.append(HAPROXY, MISSPELT_FRONTEND)


@fault("C11", "C12", "F02")
def haproxy_emptied(lab: Laboratory) -> None:
    """haproxy.cfg was emptied, as a full disk leaves a file; the copy of the Data Plane API names the VIPs still."""
    lab.box.write(f"{HAPROXY}.lkg", lab.box.read(HAPROXY))
    lab.box.write(HAPROXY, b"")


@fault("C11", live=True)
def haproxy_syntax_reload(lab: Laboratory) -> None:
    """A misspelt keyword, met by a reload: refused, and the old configuration serves on."""
    lab.box.append(HAPROXY, MISSPELT_FRONTEND)
    lab.box.run("systemctl reload haproxy")


@fault("C11", live=True)
def haproxy_syntax_reload_with_copy(lab: Laboratory) -> None:
    """The same where the Data Plane API has kept the last configuration that worked."""
    lab.box.write(f"{HAPROXY}.lkg", lab.box.read(HAPROXY))
    haproxy_syntax_reload(lab)


@fault("C10", "F05")
def port_in_use(lab: Laboratory) -> None:
    """Another program listens on 6443 of every address before haproxy starts, and closes every connection."""
    _squat(lab, "/dev/null")


@fault("C10", "F10")
def port_answered(lab: Laboratory) -> None:
    """The same with a program that says something which is no TLS."""
    _squat(lab, "SYSTEM:'echo hello; sleep 1'")


def _squat(lab: Laboratory, what: str) -> None:
    unit = lab.box.path("/etc/systemd/system/squatter.service")
    unit.write_text(
        "[Unit]\nBefore=haproxy.service\nWants=network-online.target\nAfter=network-online.target\n"
        f'[Service]\nExecStart=/usr/bin/socat TCP-LISTEN:6443,fork,reuseaddr "{what}"\n'
    )
    (unit.parent / "multi-user.target.wants" / unit.name).symlink_to(f"/etc/systemd/system/{unit.name}")


@fault("F05", capture="n-backends-all-down", live=True)
def servers_down(lab: Laboratory) -> None:
    """The Supervisor's servers refuse."""
    lab.supervisors.stop()
    await_stat(lab, "L4CON", 6)


@fault("G08", live=True)
def one_server_down(lab: Laboratory) -> None:
    """One of the three servers refuses."""
    lab.supervisors.stop(SUPERVISORS[0])
    await_stat(lab, "L4CON", 2)


@fault("F05", live=True)
def servers_unreachable(lab: Laboratory) -> None:
    """The Supervisor's servers do not answer at all."""
    network.silence_supervisors(lab.slot)
    await_stat(lab, "L4TOUT", 6)


def await_stat(lab: Laboratory, status: str, servers: int) -> None:
    """Wait until that many servers have that check status."""

    def reached() -> bool:
        rows = [line.split(",") for line in lab.box.run(SHOW_STAT).out.splitlines()]
        down = [row for row in rows if len(row) > 37 and row[36] == status and row[17].startswith("DOWN")]
        return len(down) >= servers

    wait_for(f"{servers} servers {status}", reached, seconds=40, every=0.2)


@fault("C13", capture="o1-dataplane-stopped", live=True)
def dataplane_stopped(lab: Laboratory) -> None:
    """The Data Plane API is stopped."""
    lab.box.must("systemctl stop dataplaneapi")


@fault("C13", live=True)
def dataplane_wrong_address(lab: Laboratory) -> None:
    """The Data Plane API is told to listen on an address that the appliance does not have."""
    lab.box.replace_text(SETTINGS, f"TLS_HOST={APPLIANCE}", "TLS_HOST=192.168.100.11")
    lab.box.must("systemctl restart dataplaneapi")
    given_up = "systemctl is-failed --quiet dataplaneapi"
    wait_for("systemd to give the Data Plane API up", lambda: lab.box.run(given_up).code == 0, seconds=20)


@fault("C18", live=True)
def sshd_told_elsewhere(lab: Laboratory) -> None:
    """sshd is told to listen on an address that the appliance does not have, and runs on as it was started."""
    lab.box.replace_text("/etc/ssh/sshd_config.d/appliance.conf", f"ListenAddress {APPLIANCE}\n", "")
    lab.box.append(SSHD, "ListenAddress 192.168.100.11\n")


@fault("D04", capture="o3-cert-expired", live=True)
def certificate_expired(lab: Laboratory) -> None:
    """The server certificate is of the past."""
    names = f"DNS:{HOSTNAME},DNS:localhost,IP:127.0.0.1,IP:{APPLIANCE}"
    _new_certificate(lab, names, start="20200101000000Z", end="20220101000000Z")


@fault("B23", live=True)
def certificate_for_another_address(lab: Laboratory) -> None:
    """The server certificate does not name the management address."""
    _new_certificate(lab, "DNS:haproxy.local,IP:127.0.0.1,IP:192.168.100.77")


@fault("D05", live=True)
def certificate_of_another_authority(lab: Laboratory) -> None:
    """ca.crt is not the authority that signed server.crt."""
    subject = "/C=US/ST=California/L=Palo Alto/O=VMware/OU=CAPV/CN=another"
    lab.box.must(
        "cd /etc/haproxy && openssl req -x509 -newkey rsa:2048 -nodes -days 3650 "
        f"-subj '{subject}' -keyout ca.key -out ca.crt && systemctl restart dataplaneapi"
    )


@fault("B08", live=True)
def rsa_key_mangled(lab: Laboratory) -> None:
    """The OVF form broke the first line of the authority's RSA key."""
    _mangle(lab, "-----BEGIN RSA\nPRIVATE KEY-----")


@fault("B09", live=True)
def ec_key_mangled(lab: Laboratory) -> None:
    """The same with an EC key."""
    _mangle(lab, "-----BEGIN EC\nPRIVATE KEY-----")


def _mangle(lab: Laboratory, first: str) -> None:
    key = "/etc/haproxy/ca.key"
    _, end, rest = lab.box.read(key).decode().partition("\n")
    lab.box.write(key, (first + end + rest).encode())


@fault("B10", live=True)
def key_on_one_line(lab: Laboratory) -> None:
    """The server's key lost its line ends, and the Data Plane API was restarted."""
    key = "/etc/haproxy/server.key"
    lab.box.write(key, lab.box.read(key).replace(b"\n", b""))
    lab.box.run("systemctl restart dataplaneapi")
    given_up = "systemctl is-failed --quiet dataplaneapi"
    wait_for("systemd to give the Data Plane API up", lambda: lab.box.run(given_up).code == 0, seconds=20)


def _new_certificate(lab: Laboratory, names: str = NAMES, start: str = "", end: str = "") -> None:
    haproxy = lab.box.path("/etc/haproxy")
    sign(haproxy, haproxy / "server.key", haproxy / "server.crt", names=names, start=start, end=end)
    lab.box.must("systemctl restart dataplaneapi")


@fault("C21", capture="t-anyip-disabled-rebooted")
def anyip_disabled(lab: Laboratory) -> None:
    """anyip-routes is disabled and the appliance rebooted."""
    lab.box.path("/etc/systemd/system/multi-user.target.wants/anyip-routes.service").unlink()


@fault("C21", live=True)
def anyip_disabled_live(lab: Laboratory) -> None:
    """anyip-routes is disabled and runs on until the next reboot."""
    lab.box.must("systemctl disable anyip-routes")


@fault("C21", live=True)
def dataplane_disabled(lab: Laboratory) -> None:
    """The Data Plane API is disabled and stopped."""
    lab.box.must("systemctl disable --now dataplaneapi")


@fault("C21", live=True)
def route_tables_disabled(lab: Laboratory) -> None:
    """route-tables is disabled and stopped: routed clients time out."""
    lab.box.must("systemctl disable --now route-tables")


@fault("C21", live=True)
def haproxy_masked(lab: Laboratory) -> None:
    """haproxy is masked and stopped."""
    # As on the appliance, its unit file lies where packages have theirs.
    unit = "haproxy.service"
    lab.box.must(f"mv /etc/systemd/system/{unit} /usr/lib/systemd/system/{unit}; systemctl daemon-reload")
    lab.box.must("systemctl mask --now haproxy")


@fault("C01", "C10", "C12", live=True)
def anyip_killed(lab: Laboratory) -> None:
    """anyip-routes is killed, which takes the routes away, and haproxy restarted: its file is right."""
    lab.box.must("systemctl kill -s KILL anyip-routes")
    failed = "systemctl is-failed --quiet anyip-routes"
    wait_for("anyip-routes to fail", lambda: lab.box.run(failed).code == 0, seconds=10)
    lab.box.run("systemctl restart haproxy")


@fault("C21")
def anyip_masked(lab: Laboratory) -> None:
    """A mask has taken the place of anyip-routes' unit file, and the appliance was rebooted."""
    lab.box.path("/etc/systemd/system/multi-user.target.wants/anyip-routes.service").unlink()
    unit = lab.box.path("/etc/systemd/system/anyip-routes.service")
    unit.unlink()
    unit.symlink_to("/dev/null")


@fault()
def haproxy_disabled(lab: Laboratory) -> None:
    """haproxy is disabled, and starts all the same: the Data Plane API wants it."""
    lab.box.path("/etc/systemd/system/multi-user.target.wants/haproxy.service").unlink()


@fault("C22", live=True)
def anyip_stopped(lab: Laboratory) -> None:
    """anyip-routes is stopped under a running haproxy, which goes on listening."""
    lab.box.must("systemctl stop anyip-routes")


@fault("C23")
def anyip_not_executable(lab: Laboratory) -> None:
    """The script of anyip-routes has lost its mode."""
    lab.box.path("/var/lib/vmware/anyiproutectl.sh").chmod(0o644)


@fault("C23")
def route_tables_not_executable(lab: Laboratory) -> None:
    """The script of route-tables has lost its mode."""
    lab.box.path("/var/lib/vmware/routetablectl.sh").chmod(0o644)


@fault("C01", "F02", live=True)
def haproxy_stopped(lab: Laboratory) -> None:
    """haproxy is stopped by hand."""
    lab.box.must("systemctl stop haproxy")


@fault("C16", live=True)
def disk_full(lab: Laboratory) -> None:
    """The appliance's disk has no byte left."""
    lab.box.run("dd if=/dev/zero of=/var/log/vmware/filler bs=64k; dd if=/dev/zero of=/var/log/vmware/rest bs=512")


@fault("D06")
def nothing_programmed(lab: Laboratory) -> None:
    """haproxy.cfg as after a new deployment: the Supervisor has programmed nothing.

    G01 waits five minutes before it says so: whether it fires here depends on how long this appliance is up.
    """
    text = lab.box.read(HAPROXY).decode()
    lab.box.write(HAPROXY, (text.partition("\nfrontend ")[0] + "\n").encode())


@fault("F03", live=True)
def firewall_drops(lab: Laboratory) -> None:
    """A firewall between the networks drops what routed clients send to the VIP; on-link clients are served."""
    network.drop_routed(lab.slot)


@fault("A26", capture="v2-vip-ip-conflict", live=True)
def vip_taken(lab: Laboratory) -> None:
    """Another machine on the frontend network has the VIP's address too, and on-link clients reach that one."""
    network.add_stranger(lab.slot)
    vantage = lab.vantage(network.JUMP)
    wait_for("the stranger to answer", lambda: vantage.tcp(VIP, 443, 1).outcome == "refused", seconds=10)
