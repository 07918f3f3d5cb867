"""The wires: four networks as bridges in a namespace of their own, and everything that is plugged into them.

Nothing of it is in the root namespace but one veth to the jump host, which is the way in.

    this machine --uplink-- jump --+-- management --+-- router --- outside --- far
                                   |                |
                                   +-- frontend ----+      workload --- supervisors
                                        (appliance on management, workload and frontend)
"""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.lab.addresses import (
    FAR,
    FAR_GATEWAY,
    FRONTEND,
    JUMP_FRONTEND,
    JUMP_MANAGEMENT,
    MANAGEMENT,
    NICS,
    SUPERVISORS,
    VIP,
    WORKLOAD,
)
from tests.lab.commands import attempt, run
from tests.lab.slots import Slot

SWITCH: Final = "switch"
ROUTER: Final = "router"
JUMP: Final = "jump"
FAR_CLIENT: Final = "far"
SUPERVISOR: Final = "supervisor"
BOX: Final = "box"
STRANGER: Final = "stranger"
STANDING: Final = (SWITCH, ROUTER, JUMP, FAR_CLIENT, SUPERVISOR)
OUTSIDE: Final = "outside"

_APPLIANCE_DROPPED: Final = ("blackhole", f"{WORKLOAD.address.partition('/')[0]}/32")
_VIP_DROPPED: Final = ("blackhole", f"{VIP}/32")
# Nobody answers ARP within three tries. A second between them, the kernel's own choice, is two thirds of a test.
_ARP_PATIENCE_MS: Final = "250"
_CLONE_NEWNET: Final = 0x40000000


def build(slot: Slot) -> None:
    """Make every namespace, bridge and address but the appliance's own."""
    for name in STANDING:
        _add_namespace(slot, name)
    bridges = [f"link add {_bridge(net)} type bridge" for net in _networks()]
    up = [f"link set {_bridge(net)} up" for net in _networks()]
    _batch(slot, SWITCH, [*bridges, *up])

    _plug(slot, ROUTER, MANAGEMENT.name, f"{MANAGEMENT.gateway}/24")
    _plug(slot, ROUTER, WORKLOAD.name, f"{WORKLOAD.gateway}/24")
    _plug(slot, ROUTER, FRONTEND.name, f"{FRONTEND.gateway}/24")
    _plug(slot, ROUTER, OUTSIDE, f"{FAR_GATEWAY}/24")
    # A router that checks where packets come from, as real ones do: an answer by the wrong way is dropped.
    _sysctl(slot, ROUTER, {"ip_forward": "1", "conf/all/rp_filter": "1", "conf/default/rp_filter": "1"})

    _plug(slot, JUMP, MANAGEMENT.name, f"{JUMP_MANAGEMENT}/24", gateway=MANAGEMENT.gateway)
    _plug(slot, JUMP, FRONTEND.name, f"{JUMP_FRONTEND}/24")
    _plug(slot, FAR_CLIENT, OUTSIDE, f"{FAR}/24", gateway=FAR_GATEWAY)
    _plug(slot, SUPERVISOR, WORKLOAD.name, *(f"{address}/24" for address in SUPERVISORS), gateway=WORKLOAD.gateway)
    _open_the_way_in(slot)


def new_box_namespace(slot: Slot) -> Path:
    """A fresh kernel's worth of network for one boot of the appliance: nothing of the boot before survives in it."""
    remove_box_namespace(slot)
    _add_namespace(slot, BOX)
    for nic in NICS:
        peer = f"box-{nic.name}"
        _batch(slot, SWITCH, [
            f"link add {peer} type veth peer name {nic.name} address {nic.mac} netns {slot.namespace(BOX)}",
            f"link set {peer} master {_bridge(nic.name)} up",
        ])  # fmt: skip
        _hurry(slot, BOX, nic.name)
    return Path("/run/netns") / slot.namespace(BOX)


def remove_box_namespace(slot: Slot) -> None:
    """The veths go first and by name: the kernel removes a namespace's links some time after the namespace."""
    if slot.namespace(SWITCH) in namespaces(slot):
        for nic in NICS:
            attempt(["ip", "-n", slot.namespace(SWITCH), "link", "del", f"box-{nic.name}"])
    attempt(["ip", "netns", "del", slot.namespace(BOX)])


def set_carrier(slot: Slot, nic: str, *, up: bool) -> None:
    """Plug the cable of one of the appliance's NICs in or out, at the switch."""
    run(["ip", "-n", slot.namespace(SWITCH), "link", "set", f"box-{nic}", "up" if up else "down"])


def add_stranger(slot: Slot) -> None:
    """Another machine on the frontend network that has the VIP's address too, and whom on-link clients believe."""
    _add_namespace(slot, STRANGER)
    _plug(slot, STRANGER, FRONTEND.name, f"{VIP}/24")
    # Who answers an ARP request first, and whom a neighbour overhears later, is luck. Here it is settled for good.
    for name, mac in _believed(slot).items():
        _neighbour(slot, name, "replace", VIP, mac)


def remove_stranger(slot: Slot) -> None:
    """Undo add_stranger; nothing happens where there is none."""
    if slot.namespace(STRANGER) not in namespaces(slot):
        return
    for name, mac in _believed(slot).items():
        _neighbour(slot, name, "del", VIP, mac)
    run(["ip", "-n", slot.namespace(SWITCH), "link", "del", _port(STRANGER, FRONTEND.name)])
    run(["ip", "netns", "del", slot.namespace(STRANGER)])


def _believed(slot: Slot) -> dict[str, str]:
    """On-link clients believe the stranger, the router believes the appliance."""
    return {JUMP: _mac(slot, STRANGER, FRONTEND.name), ROUTER: FRONTEND.mac}


def silence_supervisors(slot: Slot) -> None:
    """The Supervisor servers drop what they would send to the appliance: whoever checks them waits in vain."""
    run(["ip", "-n", slot.namespace(SUPERVISOR), "route", "replace", *_APPLIANCE_DROPPED])


def hear_supervisors(slot: Slot) -> None:
    """Undo silence_supervisors; nothing happens where they are not silent."""
    attempt(["ip", "-n", slot.namespace(SUPERVISOR), "route", "del", *_APPLIANCE_DROPPED])


def drop_routed(slot: Slot) -> None:
    """The router drops what is for the VIP without a word, as a firewall does."""
    run(["ip", "-n", slot.namespace(ROUTER), "route", "replace", *_VIP_DROPPED])


def let_routed_through(slot: Slot) -> None:
    """Undo drop_routed; nothing happens where nothing is dropped."""
    attempt(["ip", "-n", slot.namespace(ROUTER), "route", "del", *_VIP_DROPPED])


def forget_neighbours(slot: Slot) -> None:
    """Empty the ARP caches of clients and router, so that what a client sees does not depend on what it saw before."""
    for name in (JUMP, ROUTER, FAR_CLIENT):
        run(["ip", "-n", slot.namespace(name), "neigh", "flush", "all"])


def namespaces(slot: Slot) -> list[str]:
    """The names of the slot's namespaces that exist now."""
    directory = Path("/run/netns")
    return sorted(path.name for path in directory.glob(f"{slot.prefix}-*")) if directory.is_dir() else []


def remove(slot: Slot) -> None:
    """Remove every namespace of the slot, and the uplink with them."""
    attempt(["ip", "link", "del", f"{slot.prefix}-up"])
    for name in namespaces(slot):
        attempt(["ip", "netns", "del", name])


@contextmanager
def inside(slot: Slot, name: str) -> Iterator[None]:
    """Sockets that this thread makes in the block belong to the namespace for good; the thread comes back after."""
    libc = ctypes.CDLL(None, use_errno=True)
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{slot.namespace(name)}", os.O_RDONLY)
    try:
        _enter(libc, there)
        try:
            yield
        finally:
            _enter(libc, here)
    finally:
        os.close(here)
        os.close(there)


def _enter(libc: ctypes.CDLL, namespace: int) -> None:
    if libc.setns(namespace, _CLONE_NEWNET):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _networks() -> tuple[str, ...]:
    return (*(nic.name for nic in NICS), OUTSIDE)


def _bridge(network: str) -> str:
    return f"br-{network}"


def _add_namespace(slot: Slot, name: str) -> None:
    run(["ip", "netns", "add", slot.namespace(name)])
    _batch(slot, name, ["link set lo up"])


def _batch(slot: Slot, name: str, lines: list[str]) -> None:
    run(["ip", "-n", slot.namespace(name), "-batch", "-"], stdin="\n".join(lines) + "\n")


def _plug(slot: Slot, name: str, network: str, *addresses: str, gateway: str | None = None) -> None:
    """Connect a namespace to a network; inside, the link is named after the network."""
    port = _port(name, network)
    _batch(slot, SWITCH, [
        f"link add {port} type veth peer name {network} netns {slot.namespace(name)}",
        f"link set {port} master {_bridge(network)} up",
    ])  # fmt: skip
    lines = [f"addr add {address} dev {network}" for address in addresses]
    lines.append(f"link set {network} up")
    if gateway is not None:
        lines.append(f"route add default via {gateway}")
    _batch(slot, name, lines)
    _hurry(slot, name, network)


def _hurry(slot: Slot, name: str, link: str) -> None:
    """Let ``link`` find out sooner that nobody answers ARP."""
    _sysctl(slot, name, {f"neigh/{link}/retrans_time_ms": _ARP_PATIENCE_MS})


def _open_the_way_in(slot: Slot) -> None:
    ours, theirs = slot.uplink
    link, jump = f"{slot.prefix}-up", slot.namespace(JUMP)
    run(["ip", "link", "add", link, "type", "veth", "peer", "name", "uplink", "netns", jump])
    run(["ip", "addr", "add", f"{ours}/30", "dev", link])
    run(["ip", "link", "set", link, "up"])
    _batch(slot, JUMP, [f"addr add {theirs}/30 dev uplink", "link set uplink up"])


def _sysctl(slot: Slot, name: str, values: dict[str, str]) -> None:
    script = "\n".join(f"echo {value} > /proc/sys/net/ipv4/{key}" for key, value in values.items())
    run(["ip", "netns", "exec", slot.namespace(name), "/bin/sh", "-ec", script])


def _mac(slot: Slot, name: str, link: str) -> str:
    return run(["ip", "netns", "exec", slot.namespace(name), "cat", f"/sys/class/net/{link}/address"]).strip()


def _neighbour(slot: Slot, name: str, verb: str, address: str, mac: str) -> None:
    entry = ["neigh", verb, address, "lladdr", mac, "dev", FRONTEND.name, "nud", "permanent"]
    run(["ip", "-n", slot.namespace(name), *entry])


def _port(name: str, network: str) -> str:
    """The switch's end of a cable; the kernel allows 15 characters."""
    return f"{name}-{network}"[:15]
