"""Faults in the policy tables and in the NICs."""

from typing import Final

from tests.lab import network
from tests.lab.addresses import FRONTEND, VIP, WORKLOAD
from tests.lab.commands import run, wait_for
from tests.lab.faults.fault import fault
from tests.lab.laboratory import Laboratory

ROUTE_TABLES: Final = "/etc/vmware/route-tables.cfg"
POSTCONFIG: Final = "/var/lib/vmware/net-postconfig.sh"
STALE_MAC: Final = "00:50:56:8e:99:99"


@fault("C28", capture="j2-mac-changed-boot")
def stale_mac(lab: Laboratory) -> None:
    """The frontend NIC was replaced: the lines of the old one stay in the file, before those of the new."""
    base = f"3,frontend,{STALE_MAC},{FRONTEND.address}"
    first = f"2,workload,{WORKLOAD.mac},{WORKLOAD.address}"
    lab.box.append(ROUTE_TABLES, f"{first},{WORKLOAD.gateway}\n{first}\n{base},{FRONTEND.gateway}\n{base}\n")


@fault("C06")
def nic_cloned(lab: Laboratory) -> None:
    """The frontend NIC has another MAC address than the one that its lines are written for."""
    lab.box.replace_text(POSTCONFIG, FRONTEND.mac, STALE_MAC)


@fault("C05b", live=True)
def old_rule(lab: Laboratory) -> None:
    """A rule of an earlier address was left behind."""
    lab.box.must("ip rule add priority 32000 from 10.10.18.77/24 lookup 3")


@fault("C01", "E14", live=True)
def route_tables_restarted_unplugged(lab: Laboratory) -> None:
    """route-tables is restarted while the frontend NIC has no link."""
    network.set_carrier(lab.slot, FRONTEND.name, up=False)
    lab.box.run("systemctl restart route-tables")
    _await_frontend(lab, up=False)


@fault("C05c", "C01", "E14", live=True)
def route_tables_restarted_too_soon(lab: Laboratory) -> None:
    """The same, but before networkd has seen it: the routes are there still, and the script cannot delete them."""
    networkd = "systemctl kill --kill-who=main --signal={} systemd-networkd"
    lab.box.must(networkd.format("STOP"))
    network.set_carrier(lab.slot, FRONTEND.name, up=False)
    show = f"ip route show table 3 dev {FRONTEND.name}"
    wait_for("the routes without link", lambda: "linkdown" in lab.box.run(show).out, seconds=10)
    lab.box.run("systemctl restart route-tables")
    lab.box.must(networkd.format("CONT"))
    _await_frontend(lab, up=False)


@fault("E16", "E13", live=True)
def mask_changed(lab: Laboratory) -> None:
    """The frontend NIC was given a longer mask by hand, and lost its policy table over that."""
    near = FRONTEND.address.partition("/")[0]
    lab.box.must(f"ip addr del {FRONTEND.address} dev {FRONTEND.name}; ip addr add {near}/25 dev {FRONTEND.name}")


@fault("C07", capture="k-gateway-outside-boot")
def gateway_off_link(lab: Laboratory) -> None:
    """The frontend gateway is not in the frontend network."""
    lab.box.replace_text(POSTCONFIG, FRONTEND.gateway, "10.10.88.1")


@fault("C07", "E13", "E01", live=True)
def gateway_edited_live(lab: Laboratory) -> None:
    """A wrong gateway was written under the running unit: its watcher emptied the tables and stopped at that line."""
    lab.box.replace_text(ROUTE_TABLES, f",{FRONTEND.gateway}\n", ",10.10.88.1\n")
    show = "ip route show table 3"
    wait_for("the watcher to empty the table", lambda: "default" not in lab.box.run(show).out, seconds=10)


@fault("C08")
def gateway_with_mask(lab: Laboratory) -> None:
    """The frontend gateway was given with a mask."""
    lab.box.replace_text(POSTCONFIG, FRONTEND.gateway, f"{FRONTEND.gateway}/24")


@fault("C09", capture="l-route-tables-restarted", live=True)
def route_tables_restarted(lab: Laboratory) -> None:
    """route-tables is restarted: doubled rules from 0.2.0 on, a failure on 0.1.10, nothing on 0.1.8."""
    lab.box.run("systemctl restart route-tables")


@fault("C29", capture="w1-route-tables-stopped", live=True)
def route_tables_stopped(lab: Laboratory) -> None:
    """route-tables is stopped: routed clients time out."""
    lab.box.must("systemctl stop route-tables")


@fault("C24")
def route_tables_empty(lab: Laboratory) -> None:
    """route-tables.cfg has no lines and nobody writes them: active, and no policy."""
    lab.box.path("/etc/systemd/system/multi-user.target.wants/net-postconfig.service").unlink()


@fault("E01", "E13", "F03", capture="p5-frontend-unplug-replug", live=True)
def frontend_replugged(lab: Laboratory) -> None:
    """The frontend NIC lost its link for a moment: its policy table is empty and nothing refills it."""
    network.set_carrier(lab.slot, FRONTEND.name, up=False)
    _await_frontend(lab, up=False)
    network.set_carrier(lab.slot, FRONTEND.name, up=True)
    _await_frontend(lab, up=True)


@fault("E14", live=True)
def frontend_unplugged(lab: Laboratory) -> None:
    """The frontend NIC has no link."""
    network.set_carrier(lab.slot, FRONTEND.name, up=False)
    _await_frontend(lab, up=False)


@fault("E14", live=True)
def frontend_down(lab: Laboratory) -> None:
    """The frontend NIC was set down by hand."""
    lab.box.must(f"ip link set {FRONTEND.name} down")
    _await_frontend(lab, up=False)


@fault("E16", "E01", "A21", live=True)
def frontend_wrong_mask(lab: Laboratory) -> None:
    """The frontend NIC's mask is /28 where the network is /24, since the boot before a client of it asked for a VIP."""
    lab.box.replace_text("/etc/systemd/network/10-frontend.network", FRONTEND.address, "10.10.18.5/28")
    # The boot writes them anew, from what the NIC has then.
    lab.box.must(f"sed -i '/^[23],/d' {ROUTE_TABLES}")
    lab.reboot()
    run(["ip", "-n", lab.slot.namespace(network.JUMP), "neigh", "flush", "to", VIP])
    lab.vantage(network.JUMP).tcp(VIP, 443, 1)


def _await_frontend(lab: Laboratory, *, up: bool) -> None:
    """networkd gives and takes the address some moments after the link changed."""
    show = f"ip -4 -br addr show {FRONTEND.name}"
    wait_for(
        f"the frontend address to {'come' if up else 'go'}",
        lambda: (FRONTEND.address in lab.box.run(show).out) == up,
        seconds=20,
    )
