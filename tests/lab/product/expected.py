"""What the product has to say of each fault of the lab: its roots and its verdict, from the jump host and, where that
sees something else, from the far client behind the router.
"""

from dataclasses import dataclass
from typing import Final

from checks.rules.catalogue import rules
from checks.rules.entries import entry
from tests.lab.faults import FAULTS
from tests.lab.product.doctor import ON_LINK, ROUTED


@dataclass(frozen=True)
class Says:
    """Roots and verdict. ``far`` is the verdict of a routed client where it differs, and ``far_roots`` its roots.
    ``judge`` is the way by which a repair is judged: some of the faults hold the jump host's own address in a range,
    so that a repaired appliance swallows its packets; ``then`` is what is said of that after the repair."""

    roots: tuple[str, ...]
    verdict: str
    far: str = ""
    far_roots: tuple[str, ...] | None = None
    judge: str = ON_LINK
    then: tuple[str, ...] = ()

    @property
    def judged(self) -> tuple[tuple[str, ...], str]:
        """Roots and verdict by the way by which the repair is judged."""
        if self.judge == ROUTED and self.far:
            return self.routed, self.far
        return self.roots, self.verdict

    @property
    def routed(self) -> tuple[str, ...]:
        """The roots for a routed client."""
        return self.far_roots if self.far_roots is not None else self.roots


def broken(*roots: str, judge: str = ON_LINK, then: tuple[str, ...] = ()) -> Says:
    return Says(roots, "broken", judge=judge, then=then)


def degraded(*roots: str, far: str = "", judge: str = ON_LINK, then: tuple[str, ...] = ()) -> Says:
    return Says(roots, "degraded", far, judge=judge, then=then)


def at_risk(*roots: str) -> Says:
    return Says(roots, "at-risk")


HEALTHY: Final = Says((), "healthy")
BOTH_VIPS: Final = ("10.10.18.19:443", "10.10.18.19:6443")

EXPECTED: Final = {
    # The way in. A root login that is refused, a changed key and a jump host that forwards nothing are in test_access.
    "talkative-shell": HEALTHY,
    "appliance-banner": HEALTHY,
    "jump-banner": HEALTHY,
    "jump-one-session": HEALTHY,
    "appliance-one-session": HEALTHY,
    # The range file.
    "host-bits": broken("A01:10.10.18.18/28"),
    "host-bits-live": at_risk("A01:10.10.18.18/28"),
    "host-bits-live-then-fixed": at_risk("C26:anyip-routes"),
    "host-bits-restarted": degraded("A01:10.10.18.18/28"),
    "one-bad-of-three": broken("A01:10.10.18.34/28", judge=ROUTED, then=("E15:10.10.18.50",)),
    "dash-range": broken("A08:10.10.18.17-10.10.18.30"),
    "start-and-count": broken("A09:10.10.18.19/11"),
    "dotted-mask": at_risk("A10:10.10.18.16/255.255.255.240"),
    "dotted-mask-live": at_risk("A10:10.10.18.16/255.255.255.240"),
    "route-deleted": broken("C02:10.10.18.16/28"),
    "dotted-mask-restarted": broken("A10:10.10.18.32/255.255.255.240"),
    "one-address-with-mask": HEALTHY,
    "leading-space-restarted": broken("A11:10.10.18.32/28"),
    "comma-list": broken("A12:10.10.18.16/28%2C10.10.18.32/28"),
    "carriage-returns": broken("A13:10.10.18.16/28"),
    "no-final-newline": broken("A14:10.10.18.16/28"),
    "trailing-comment": broken("A15:10.10.18.16/28%20%23%20VIPs%20for%20Tanzu"),
    "nodes-left-in-route": broken("A05:10.10.17.8/29"),
    "client-left-in-route": Says(
        tuple(f"F01:{vip}" for vip in BOTH_VIPS), "broken", "at-risk", ("E15:10.10.18.50",), judge=ROUTED
    ),
    "route-deleted-and-haproxy-restarted": broken("C02:10.10.18.16/28"),
    "carriage-return-alone": broken("A13:line-7"),
    "blank-before-comment": broken("A15:%23%20VIPs"),
    "blanks-alone": broken("A15:line-7"),
    "trailing-space": broken("A15:10.10.18.16/28"),
    "leading-space": at_risk("A11:10.10.18.16/28"),
    "ipv6-range": at_risk("A18:fd00:10::/64"),
    "harmless-lines": Says(("A16:10.10.18.40",), "healthy"),
    "mask-too-long": broken("A17:10.10.18.16/33"),
    "leading-zero": broken("A17:010.10.18.16/28"),
    "leading-zero-refused": broken("A17:10.10.018.16/28"),
    "leading-zero-in-length": broken("A17:10.10.18.16/028"),
    "leading-zero-restarted": broken("A17:10.10.022.040/28"),
    "bare-address": broken("A16:10.10.18.16"),
    "bare-address-elsewhere": broken("A06:10.10.18.19"),
    "own-address-in-range": at_risk("A02:10.10.18.5"),
    "gateway-in-range": degraded("A03:10.10.18.1", far="broken"),
    "range-shrunk": degraded("A03:10.10.18.1", far="broken"),
    "whole-subnet-with-comment": broken("A15:10.10.18.0/24%20%23%20VIPs"),
    "whole-subnet-in-range": broken("A03:10.10.18.1"),
    "nodes-in-range": broken("A05:10.10.17.8/29"),
    "range-appended": HEALTHY,
    "range-removed": at_risk("C04:10.10.18.32/28"),
    "edited-with-sed": degraded("C02:10.10.18.32/28", "C02:10.10.18.48/28"),
    "one-range-with-sed": degraded("C02:10.10.18.32/28"),
    "overlapping-ranges": HEALTHY,
    "range-twice": HEALTHY,
    "fixed-but-haproxy-down": broken("C12:haproxy"),
    "fixed-by-reboot": HEALTHY,
    # Policy tables and NICs.
    "stale-mac": degraded("C28:00:50:56:8e:99:99", far="broken"),
    "nic-cloned": degraded("C06:frontend:00:50:56:8e:99:99", far="broken"),
    "old-rule": at_risk("C05b:32000"),
    "route-tables-restarted-unplugged": broken("E14:frontend"),
    "route-tables-restarted-too-soon": broken("E14:frontend"),
    "frontend-wrong-mask": broken("E16:frontend"),
    "mask-changed": degraded("E13:table-3", far="broken"),
    "gateway-edited-live": degraded("C07:frontend:10.10.88.1", far="broken"),
    "gateway-off-link": degraded("C07:frontend:10.10.88.1", far="broken"),
    "gateway-with-mask": degraded("C08:frontend:10.10.18.1/24", far="broken"),
    "route-tables-restarted": Says(("C09:ip-rule",), "healthy"),
    "route-tables-stopped": degraded("C29:route-tables", far="broken"),
    "route-tables-empty": degraded("C24:route-tables.cfg", far="broken"),
    "frontend-replugged": degraded("E13:table-3", far="broken"),
    "frontend-unplugged": broken("E14:frontend"),
    "frontend-down": broken("E14:frontend"),
    # haproxy, its VIPs and what is behind them.
    "vip-outside-ranges": broken("A06:10.10.18.40"),
    "reload-refused-in-silence": degraded("A06:10.10.18.40"),
    "haproxy-syntax": broken("C11:haproxy.cfg:64"),
    "haproxy-syntax-with-copy": broken("C11:haproxy.cfg:64"),
    "haproxy-emptied": broken("C11:haproxy.cfg"),
    "haproxy-syntax-reload": at_risk("C11:haproxy.cfg:64"),
    "haproxy-syntax-reload-with-copy": at_risk("C11:haproxy.cfg:64"),
    "port-in-use": broken("C10:10.10.18.19:6443"),
    "port-answered": broken("C10:10.10.18.19:6443"),
    "servers-down": broken(*(f"F05:{vip}" for vip in BOTH_VIPS)),
    "servers-unreachable": broken(*(f"F05:{vip}" for vip in BOTH_VIPS)),
    "one-server-down": at_risk("G08:10.10.17.11:443", "G08:10.10.17.11:6443"),
    "haproxy-stopped": broken("C01:haproxy"),
    "haproxy-disabled": HEALTHY,
    "vip-taken": Says(tuple(f"A26:{vip}" for vip in BOTH_VIPS), "broken", "healthy", ()),
    # The other units, certificates, the disk.
    "dataplane-stopped": degraded("C13:dataplaneapi"),
    "dataplane-wrong-address": degraded("C13:dataplaneapi"),
    "sshd-told-elsewhere": at_risk("C18:ListenAddress"),
    "certificate-expired": degraded("D04:/etc/haproxy/server.crt"),
    "certificate-for-another-address": at_risk("B23:/etc/haproxy/server.crt"),
    "rsa-key-mangled": at_risk("B08:ca.key"),
    "ec-key-mangled": at_risk("B09:ca.key"),
    "key-on-one-line": degraded("B10:server.key"),
    "anyip-disabled-live": at_risk("C21:anyip-routes"),
    "dataplane-disabled": degraded("C21:dataplaneapi"),
    "route-tables-disabled": degraded("C21:route-tables", far="broken"),
    "haproxy-masked": broken("C21:haproxy"),
    "anyip-killed": broken("C01:anyip-routes"),
    "route-tables-not-executable": degraded("C23:route-tables", far="broken"),
    "anyip-disabled": broken("C21:anyip-routes"),
    "anyip-masked": broken("C21:anyip-routes"),
    "anyip-stopped": broken("C22:anyip-routes"),
    "anyip-not-executable": broken("C23:anyip-routes"),
    "disk-full": degraded("C16:/"),
    "certificate-of-another-authority": degraded("D05:server.crt"),
    "firewall-drops": Says((), "healthy", "broken", tuple(f"F03:{vip}" for vip in BOTH_VIPS)),
    "nothing-programmed": Says(("D06:haproxy.cfg",), "incomplete"),
    # The client whose address it is gets no answer; that it is that client, nothing on the appliance tells.
    "client-seen-in-range": Says(tuple(f"F01:{vip}" for vip in BOTH_VIPS), "broken", "at-risk", ("E15:10.10.18.50",)),
    # The client whose packets the kernel drops as its own leaves no trace, neither a neighbour nor a journal line;
    # and through a jump host nobody sees from which address a probe leaves. F01 names E15 as a possible cause.
    "client-in-range": Says(tuple(f"F01:{vip}" for vip in BOTH_VIPS), "broken", "healthy", ()),
    "no-ranges": broken("A06:10.10.18.19", then=("A19:pool",)),
}

# Faults of which the root has a repair elsewhere and none here, each with its reason. All others of such a root are
# repaired and undone.
WITHOUT_REPAIR: Final = {
    "anyip-masked": "the mask took the unit's file away",
    "edited-with-sed": "a restart would take the address of a client that was seen",
    "frontend-unplugged": "no command plugs a cable in",
    "gateway-in-range": "which addresses stay VIPs is for a person to say",
    "harmless-lines": "a bare address beside ranges may be meant",
    "haproxy-syntax": "there is no last known good copy",
    "haproxy-syntax-reload": "there is no last known good copy",
    "leading-zero": "base 8 or a slip: two readings are possible",
    "leading-zero-refused": "what was meant is not known",
    "leading-zero-restarted": "base 8 or a slip: two readings are possible",
    "mask-too-long": "what was meant is not known",
    "nodes-in-range": "which addresses stay VIPs is for a person to say",
    "route-tables-restarted-too-soon": "no command plugs a cable in",
    "route-tables-restarted-unplugged": "no command plugs a cable in",
    "whole-subnet-in-range": "which addresses stay VIPs is for a person to say",
    "whole-subnet-with-comment": "the right line would take the gateway",
}

# Where nobody gets in: what the shut door alone says.
SHUT: Final = {"root-password-expired": ("H01:root",)}


# Rows that a fault is of and that nothing on the appliance tells.
UNSEEN: Final = {"client-in-range": {"E15"}}
# What an older build does otherwise: build, fault.
OF_BUILDS: Final = {
    ("0.1.10", "route-tables-restarted"): degraded("C05a:route-tables", far="broken"),
}


def repaired_code(fault: str) -> str:
    """The code of the root that is repaired in a fault, "" where none of them can be; "BUILD FAULT" names one of an
    older build."""
    version, _, name = fault.rpartition(" ")
    says = OF_BUILDS[version, name] if version else EXPECTED[name]
    codes = [root.partition(":")[0] for root in says.judged[0]]
    return next((code for code in codes if (known := entry(code)) is not None and known.fixable), "")


def fires(name: str) -> frozenset[str]:
    """The rules that a fault has to fire, by code: those of its roots, and of every row that it is said to show."""
    says = EXPECTED.get(name)
    if says is None:
        return frozenset(root.partition(":")[0] for root in SHUT.get(name, ()))
    roots = (*says.roots, *(says.far_roots or ()))
    shown = {rule.code for rule in rules()} & set(FAULTS[name].codes) - UNSEEN.get(name, set())
    return frozenset({root.partition(":")[0] for root in roots} | shown)
