"""Faults of which no complete recording exists: each must show the signs that were observed on a real appliance."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from tests.lab import lab_facts
from tests.lab.bench import Bench
from tests.lab.faults import FAULTS
from tests.lab.faults.routing import STALE_MAC
from tests.lab.faults.services import SHOW_STAT

# -u leaves out what systemd's child says of a program that it could not start, where it was gone too soon for journald.
JOURNAL = "journalctl -b -o cat --no-pager _SYSTEMD_UNIT={0}.service + _UID=0 UNIT={0}.service".format
ANYIP_LOG = JOURNAL("anyip-routes")
HAPROXY_LOG = JOURNAL("haproxy")
ROUTES_LOG = JOURNAL("route-tables")
API_LOG = JOURNAL("dataplaneapi")
LOCAL = "ip route show table local"
RULES = "ip rule"
TAIL = "tail -c 1 /etc/vmware/anyip-routes.cfg | od -c"
CERTIFICATE = "openssl x509 -in /etc/haproxy/server.crt -noout -ext subjectAltName"
ANYIP_STATE = "systemctl show -p ActiveState anyip-routes"
KEY_LOADS = "openssl pkey -in /etc/haproxy/ca.key -passin pass: -noout 2>&1; echo rc=$?"
VERIFY = "openssl verify -CAfile /etc/haproxy/ca.crt /etc/haproxy/server.crt 2>&1"


def unit(name: str, properties: str) -> str:
    return f"systemctl show -p {properties} {name}"


@dataclass(frozen=True)
class Signs:
    """Commands and what their output must match (or, with a leading "!", must not); and what clients meet."""

    seen: dict[str, tuple[str, ...]] = field(default_factory=dict)
    clients: Mapping[str, str] = field(default_factory=dict)


def unparsable(text: str) -> Signs:
    """The range file cannot be parsed: exit status 1, and the words that ip uses for it."""
    words = re.escape(f'any valid prefix is expected rather than "{text}')
    no_range = ("!dev lo scope host$",)
    return Signs({ANYIP_LOG: (words, "status=1/FAILURE"), LOCAL: no_range, HAPROXY_LOG: ("too quickly",)})


BOTH_WORK = {"jump 10.10.18.19:443": "open", "far 10.10.18.19:443": "open"}
ROUTED_SILENT = {"jump 10.10.18.19:443": "open", "far 10.10.18.19:443": "silent"}
ON_LINK_SILENT = {"jump 10.10.18.19:443": "silent", "far 10.10.18.19:443": "open"}
BOTH_SILENT = {"jump 10.10.18.19:443": "silent", "far 10.10.18.19:443": "silent"}
BOTH_REFUSED = {"jump 10.10.18.19:443": "refused", "far 10.10.18.19:443": "refused"}
BOTH_CLOSED = {"jump 10.10.18.19:443": "closed", "far 10.10.18.19:443": "closed"}

SIGNS = {
    "host-bits-live-then-fixed": Signs({
        "cat /etc/vmware/anyip-routes.cfg": ("(?m)^10.10.18.16/28$",),
        "pgrep -fc 'anyiproutectl.sh watch'": ("^1$",),
        ANYIP_LOG: (r"Invalid prefix for given prefix length\.\s*$",),
    }, BOTH_WORK),
    "host-bits-restarted": Signs({
        ANYIP_STATE: ("failed",), LOCAL: ("10.10.18.16/28 dev lo",),
    }, BOTH_WORK),
    "start-and-count": Signs({ANYIP_LOG: (r"adding route for 10\.10\.18\.19/11", "Invalid prefix", "status=2/")}),
    "dotted-mask": Signs({LOCAL: ("10.10.18.16/28 dev lo",), ANYIP_STATE: ("=active",)}),
    "comma-list": unparsable("10.10.18.16/28,10.10.18.32/28"),
    "carriage-returns": unparsable("10.10.18.16/28\r"),
    "trailing-comment": unparsable("10.10.18.16/28 # VIPs for Tanzu"),
    "trailing-space": unparsable("10.10.18.16/28  "),
    "mask-too-long": unparsable("10.10.18.16/33"),
    "leading-space": Signs({ANYIP_LOG: ("adding route for   10.10",), LOCAL: ("10.10.18.16/28 dev lo",)}),
    "bare-address": Signs({LOCAL: ("local 10.10.18.16 dev lo",)}),
    "bare-address-elsewhere": Signs({LOCAL: ("local 10.10.18.20 dev lo",)}),
    "leading-zero": Signs({LOCAL: (r"local 8\.10\.18\.16/28 dev lo", "!10.10.18.16"), ANYIP_STATE: ("=active",)}),
    "leading-zero-refused": unparsable("10.10.018.16/28"),
    "leading-zero-restarted": Signs({ANYIP_LOG: ("File exists",), LOCAL: ("10.10.18.32/28", "!10.10.18.16/28")}),
    "harmless-lines": Signs({
        LOCAL: ("10.10.18.2/31", "10.10.18.6/31", "10.10.18.40"), ANYIP_LOG: ("!Error",),
    }, BOTH_WORK),
    "no-ranges": Signs({ANYIP_LOG: ("!adding route", "!Error"), ANYIP_STATE: ("=active",)}),
    "own-address-in-range": Signs({LOCAL: ("10.10.18.4/30 dev lo",)}, BOTH_WORK),
    "whole-subnet-in-range": Signs({"ip route get 10.10.18.50": ("local 10.10.18.50 dev lo",)}, BOTH_SILENT),
    "client-in-range": Signs({"ip route get 10.10.18.50": ("local",)}, ON_LINK_SILENT),
    "range-appended": Signs({ANYIP_LOG: ("route already exists for 10.10.18.16/28",), LOCAL: ("10.10.18.32/28",)}),
    "range-removed": Signs({LOCAL: ("10.10.18.32/28",), "cat /etc/vmware/anyip-routes.cfg": ("!10.10.18.32",)}),
    "overlapping-ranges": Signs({LOCAL: ("10.10.18.16/28 dev lo", "10.10.18.16/29 dev lo")}, BOTH_WORK),
    "range-twice": Signs({ANYIP_LOG: ("route already exists",)}, BOTH_WORK),
    "haproxy-syntax-with-copy": Signs({
        "haproxy -c -f /etc/haproxy/haproxy.cfg 2>&1": ("unknown keyword 'bindd'",),
        "haproxy -c -f /etc/haproxy/haproxy.cfg.lkg 2>&1": ("Configuration file is valid",),
        unit("haproxy", "ActiveState"): ("=failed",),
    }),
    "haproxy-emptied": Signs({
        "haproxy -c -f /etc/haproxy/haproxy.cfg 2>&1; echo rc=$?": ("no listener", "rc=2"),
        unit("haproxy", "ActiveState"): ("=failed",),
    }, BOTH_REFUSED),
    "haproxy-syntax-reload": Signs({
        "haproxy -c -f /etc/haproxy/haproxy.cfg 2>&1": ("unknown keyword 'bindd'",),
        HAPROXY_LOG: ("Reload failed",),
        unit("haproxy", "ActiveState"): ("=active",),
    }, BOTH_WORK),
    "haproxy-syntax-reload-with-copy": Signs({
        "haproxy -c -f /etc/haproxy/haproxy.cfg.lkg 2>&1": ("Configuration file is valid",),
        HAPROXY_LOG: ("Reload failed",),
        unit("haproxy", "ActiveState"): ("=active",),
    }, BOTH_WORK),
    "port-in-use": Signs({
        HAPROXY_LOG: (r"cannot bind socket \(Address already in use\) for \[10.10.18.19:6443\]",),
        "ss -Hltnp": (r"0\.0\.0\.0:6443 .*socat",),
    }),
    "one-server-down": Signs({SHOW_STAT: ("10.10.17.11:443,.*L4CON", "10.10.17.12:443,.*L6OK")}, BOTH_WORK),
    "servers-unreachable": Signs({SHOW_STAT: ("10.10.17.11:443,.*L4TOUT",)}, BOTH_CLOSED),
    "dataplane-wrong-address": Signs({
        unit("dataplaneapi", "ActiveState,Result"): ("ActiveState=failed", "Result=exit-code"),
        API_LOG: ("too quickly", "Cannot assign requested address"),
    }, {"jump 192.168.100.10:5556": "refused"}),
    "sshd-told-elsewhere": Signs({"/usr/sbin/sshd -T": ("listenaddress 192.168.100.11:22",)}, BOTH_WORK),
    "certificate-for-another-address": Signs({CERTIFICATE: ("192.168.100.77", r"!192\.168\.100\.10\b")}),
    "certificate-of-another-authority": Signs({VERIFY: ("error",)}),
    "anyip-masked": Signs({unit("anyip-routes", "LoadState"): ("masked",), HAPROXY_LOG: ("too quickly",)}),
    "haproxy-disabled": Signs({
        unit("haproxy", "UnitFileState,ActiveState"): ("=disabled", "ActiveState=active"),
    }, BOTH_WORK),
    "anyip-stopped": Signs({
        LOCAL: ("!10.10.18.16",), "ss -Hltn": (r"10\.10\.18\.19:443",), unit("haproxy", "ActiveState"): ("=active",),
    }, BOTH_SILENT),
    "anyip-not-executable": Signs({ANYIP_LOG: ("Permission denied", "status=203/EXEC")}),
    "haproxy-stopped": Signs({unit("haproxy", "ActiveState"): ("=inactive",)}, BOTH_REFUSED),
    "disk-full": Signs({"df -P / | tail -1": (r" 100% /$",), "echo x >/root/x; echo rc=$?": ("rc=1",)}, BOTH_WORK),
    "nothing-programmed": Signs({"ss -Hltn": (r"!10\.10\.18\.19",)}, BOTH_REFUSED),
    "gateway-with-mask": Signs({ROUTES_LOG: ('any valid address is expected rather than "10.10.18.1/24"',)}),
    "route-tables-empty": Signs({
        unit("route-tables", "ActiveState"): ("=active",), RULES: ("!rtctl",),
    }, ROUTED_SILENT),
    "frontend-unplugged": Signs({"ip link show frontend": ("NO-CARRIER",), LOCAL: ("10.10.18.16/28",)}, BOTH_SILENT),
    "frontend-down": Signs({"ip link show frontend": ("state DOWN", "!,UP")}, BOTH_SILENT),
    "dotted-mask-live": Signs({ANYIP_LOG: ("File exists",), ANYIP_STATE: ("=active",)}, BOTH_WORK),
    "route-deleted": Signs({LOCAL: ("!10.10.18.16/28",), ANYIP_STATE: ("=active",)}, BOTH_SILENT),
    "dotted-mask-restarted": Signs({ANYIP_LOG: ("File exists",), LOCAL: ("!10.10.18.16/28",)}),
    "carriage-return-alone": Signs({ANYIP_LOG: ("any valid prefix",), ANYIP_STATE: ("=failed",)}),
    "blank-before-comment": Signs({ANYIP_LOG: ('than "  # VIPs"',), ANYIP_STATE: ("=failed",)}),
    "blanks-alone": Signs({ANYIP_LOG: ('than "  "',), ANYIP_STATE: ("=failed",)}),
    "leading-zero-in-length": Signs({ANYIP_LOG: ('than "10.10.18.16/028"',), ANYIP_STATE: ("=failed",)}),
    "range-shrunk": Signs({LOCAL: ("local 10.10.18.0/30 dev lo",), ANYIP_STATE: ("=active",)}, ROUTED_SILENT),
    "whole-subnet-with-comment": Signs({ANYIP_LOG: ('than "10.10.18.0/24 # VIPs"',), ANYIP_STATE: ("=failed",)}),
    "one-range-with-sed": Signs({
        LOCAL: ("!10.10.18.32/28",), "grep -c 32/28 /etc/vmware/anyip-routes.cfg": ("^1$",),
    }, BOTH_WORK),
    "one-address-with-mask": Signs({
        LOCAL: ("local 10.10.18.40 dev lo",), ANYIP_LOG: ("removing route for 10.10.18.40/32",),
    }, BOTH_WORK),
    "leading-space-restarted": Signs({ANYIP_LOG: ("File exists",), ANYIP_STATE: ("=failed",)}),
    "ipv6-range": Signs({"ip -6 route show table local": ("dev lo",), LOCAL: ("10.10.18.16/28",)}, BOTH_WORK),
    "client-seen-in-range": Signs({
        "ip route get 10.10.18.50": ("local",), "ip neigh show 10.10.18.50": ("lladdr",),
    }, ON_LINK_SILENT),
    "nic-cloned": Signs({
        "cat /etc/vmware/route-tables.cfg": (STALE_MAC,), RULES: ("!rtctl_frontend",),
    }, ROUTED_SILENT),
    "gateway-edited-live": Signs({
        unit("route-tables", "ActiveState"): ("=active",), "ip route show table 3": ("!default",),
        ROUTES_LOG: ("invalid gateway",),
    }, ROUTED_SILENT),
    "mask-changed": Signs({"ip -4 addr show frontend": ("!10.10.18.5/24",), "ip route show table 3": ("!default",)}),
    "old-rule": Signs({RULES: (r"^32000:\s+from 10\.10\.18\.77/24 lookup",)}, BOTH_WORK),
    "route-tables-restarted-unplugged": Signs({unit("route-tables", "ActiveState"): ("=failed",)}),
    "port-answered": Signs({
        HAPROXY_LOG: (r"Address already in use\) for \[10.10.18.19:6443\]",), "ss -Hltnp": (r":6443 ",),
    }),
    "route-tables-restarted-too-soon": Signs({ROUTES_LOG: ('"linkdown" is a garbage',)}, BOTH_SILENT),
    "rsa-key-mangled": Signs({"head -1 /etc/haproxy/ca.key": (r"!-----$",), KEY_LOADS: ("rc=1",)}),
    "ec-key-mangled": Signs({"head -1 /etc/haproxy/ca.key": (r"!-----$",), KEY_LOADS: ("rc=1",)}),
    "key-on-one-line": Signs({"wc -l </etc/haproxy/server.key": (r"^[01]$",), API_LOG: ("PEM|key|fail",)}),
    "firewall-drops": Signs({LOCAL: ("10.10.18.16/28",)}, ROUTED_SILENT),
    "nodes-left-in-route": Signs({LOCAL: ("local 10.10.17.8/29 dev lo",), ANYIP_STATE: ("=active",)}),
    "client-left-in-route": Signs({"ip route get 10.10.18.50": ("local",), ANYIP_STATE: ("=active",)}, ON_LINK_SILENT),
    "route-deleted-and-haproxy-restarted": Signs({LOCAL: ("!10.10.18.16/28",), HAPROXY_LOG: ("too quickly",)}),
    "anyip-disabled-live": Signs({
        unit("anyip-routes", "UnitFileState,ActiveState"): ("=disabled", "ActiveState=active"),
    }, BOTH_WORK),
    "dataplane-disabled": Signs({
        unit("dataplaneapi", "UnitFileState,ActiveState"): ("=disabled", "ActiveState=inactive"),
    }, BOTH_WORK),
    "route-tables-disabled": Signs({unit("route-tables", "UnitFileState"): ("=disabled",)}, ROUTED_SILENT),
    "haproxy-masked": Signs({unit("haproxy", "LoadState,ActiveState"): ("=masked", "=inactive")}, BOTH_REFUSED),
    "anyip-killed": Signs({ANYIP_STATE: ("=failed",), LOCAL: ("!10.10.18.16/28",), HAPROXY_LOG: ("too quickly",)}),
    "route-tables-not-executable": Signs({ROUTES_LOG: ("Permission denied", "status=203/EXEC")}, ROUTED_SILENT),
    "frontend-wrong-mask": Signs({"ip -4 addr show frontend": ("10.10.18.5/28",)}),
}  # fmt: skip
# What the way in looks like is told in test_access.
ON_THE_WAY_IN = {name for name, fault in FAULTS.items() if fault.break_it.__module__.endswith("access")}


@pytest.mark.parametrize("name", sorted(SIGNS))
def test_a_fault_shows_its_signs(lab: Bench, name: str) -> None:
    lab.apply(name)
    for command, patterns in SIGNS[name].seen.items():
        text = lab.run_in_appliance(command).out
        for pattern in patterns:
            wanted = not pattern.startswith("!")
            found = re.search(pattern.removeprefix("!"), text, re.MULTILINE) is not None
            assert found == wanted, f"{command}: {pattern}\n{text}"
    if SIGNS[name].clients:
        clients = lab_facts.of_clients(lab)
        assert {key: clients[key] for key in SIGNS[name].clients} == SIGNS[name].clients


def test_every_fault_is_judged() -> None:
    recorded = {name for name, fault in FAULTS.items() if fault.capture}
    assert set(FAULTS) == set(SIGNS) | recorded | ON_THE_WAY_IN
