"""What a repair is made of, without the values of one site, and where each such form is proven."""

from pathlib import PurePosixPath
from typing import Final

from checks.plan import Fix, Reboot, Restore, Run, Step, Write

# Each form, and the faults in which the lab carries it out and takes it back.
REPAIRED: Final = {
    "write anyip-routes.cfg, reset-failed haproxy, restart anyip-routes, start haproxy": (
        "host-bits", "one-bad-of-three", "dash-range", "start-and-count", "comma-list", "carriage-returns",
        "no-final-newline", "trailing-comment", "carriage-return-alone", "blank-before-comment", "blanks-alone",
        "trailing-space", "leading-zero-in-length", "bare-address", "bare-address-elsewhere", "vip-outside-ranges",
        "no-ranges",
    ),
    "write anyip-routes.cfg, restart anyip-routes, reload haproxy": (
        "host-bits-live", "host-bits-restarted", "dotted-mask", "dotted-mask-live", "dotted-mask-restarted",
        "leading-space-restarted", "leading-space", "reload-refused-in-silence",
    ),
    "restart anyip-routes": ("host-bits-live-then-fixed", "route-deleted", "one-range-with-sed"),
    "reset-failed haproxy, restart anyip-routes, start haproxy": ("route-deleted-and-haproxy-restarted",),
    "ip route del": ("range-shrunk", "range-removed", "nodes-left-in-route", "client-left-in-route"),
    "ip rule del": ("old-rule", "route-tables-restarted"),
    "ip rule del, ip route flush, reset-failed route-tables, restart route-tables": (
        "mask-changed", "route-tables-stopped", "frontend-replugged",
    ),
    "ip route flush, reset-failed route-tables, restart route-tables": ("0.1.10 route-tables-restarted",),
    "write route-tables.cfg, ip rule del, ip route flush, reset-failed route-tables, restart route-tables": (
        "stale-mac",
    ),
    "ip link set, systemd-networkd-wait-online, ip rule del, ip route flush, reset-failed route-tables, "
    "restart route-tables": ("frontend-down",),
    "start haproxy": ("haproxy-stopped",),
    "reset-failed haproxy, start haproxy": ("fixed-but-haproxy-down",),
    "haproxy, put haproxy.cfg back, reset-failed haproxy, start haproxy": (
        "haproxy-syntax-with-copy", "haproxy-emptied",
    ),
    "haproxy, put haproxy.cfg back, reload haproxy": ("haproxy-syntax-reload-with-copy",),
    "unmask haproxy, reset-failed haproxy, start haproxy": ("haproxy-masked",),
    "reset-failed dataplaneapi, start dataplaneapi": ("dataplane-stopped",),
    "write dataplaneapi.cfg, reset-failed dataplaneapi, restart dataplaneapi": ("dataplane-wrong-address",),
    "enable dataplaneapi, reset-failed dataplaneapi, start dataplaneapi": ("dataplane-disabled",),
    "cp, sync, ln, rm, openssl, new-cert.sh, openssl, restart dataplaneapi": (
        "certificate-expired", "certificate-for-another-address",
    ),
    "sshd, write sshd_config": ("sshd-told-elsewhere",),
    "reset-failed anyip-routes, start anyip-routes": ("anyip-stopped",),
    "reset-failed anyip-routes, start anyip-routes, reset-failed haproxy, start haproxy": ("anyip-killed",),
    "enable anyip-routes, reset-failed anyip-routes, start anyip-routes": ("anyip-disabled-live",),
    "enable anyip-routes, reset-failed anyip-routes, start anyip-routes, reset-failed haproxy, start haproxy": (
        "anyip-disabled",
    ),
    "enable route-tables, reset-failed route-tables, start route-tables": ("route-tables-disabled",),
    "chmod, reset-failed anyip-routes, start anyip-routes, reset-failed haproxy, start haproxy": (
        "anyip-not-executable",
    ),
    "chmod, reset-failed route-tables, start route-tables": ("route-tables-not-executable",),
}  # fmt: skip


def form_in(fault: str) -> str:
    """The form of the repair of a fault, "" where none is offered; "BUILD FAULT" names one of an older build."""
    return next((name for name, faults in REPAIRED.items() if fault in faults), "")


def form(fix: Fix) -> str:
    """The steps in words, each kind once in a row: two repairs of one form differ in addresses, lines and counts."""
    words = [_words(step) for step in fix.steps]
    return ", ".join(word for number, word in enumerate(words) if words[number - 1 : number] != [word])


def _words(step: Step) -> str:
    match step:
        case Write():
            return f"write {PurePosixPath(step.path).name}"
        case Restore():
            return f"put {PurePosixPath(step.path).name} back"
        case Reboot():
            return "reboot"
        case Run():
            program, *rest = step.command.split()
            if program == "systemctl":
                return " ".join(rest)
            # "ip rule del", "ip route flush": which rule or table it is belongs to the site.
            return " ".join([program, *rest[:2]]) if program == "ip" else PurePosixPath(program).name
