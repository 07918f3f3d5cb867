"""What each parser makes of the words of real programs."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from checks.evidence import files, haproxy, journal, kernel, listeners, system, units
from checks.evidence.evidence import Evidence, read
from checks.evidence.files import File
from checks.evidence.journal import JournalLine, last_start
from checks.evidence.manifest import ANYIP_CFG
from tests.checks.fixtures import CAPTURES, base, capture_case

EVIDENCE = read(base().reading, base().probes)


def captured(name: str) -> Evidence:
    return capture_case(CAPTURES / name).evidence


def test_units() -> None:
    assert EVIDENCE.units is not None
    assert {"haproxy", "anyip-routes", "route-tables", "dataplaneapi", "net-postconfig"} <= set(EVIDENCE.units)
    failed = captured("a-hostbits-boot").unit("haproxy")
    assert failed is not None and failed.failed and not failed.running and failed.exists
    assert (failed.result, failed.restarts, failed.exit_status) == ("exit-code", 5, 1)
    absent = units.parse("Id=x.service\nLoadState=not-found\nActiveState=inactive\nNRestarts=[not set]\n")["x"]
    assert not absent.exists and not absent.running and absent.restarts == 0
    assert units.parse("Id=x.service\nResult=a=b\n")["x"].result == "a=b"


def test_links_and_addresses() -> None:
    frontend = EVIDENCE.link("frontend")
    assert frontend is not None and frontend.up and frontend.mac == "00:50:56:8e:10:03"
    assert list(map(str, frontend.addresses)) == ["10.10.18.5/24"]
    assert EVIDENCE.link("nothing") is None


def test_routes_tell_the_ranges_from_the_kernels_own() -> None:
    assert EVIDENCE.routes is not None
    ranges = [str(route.network) for route in EVIDENCE.routes if route.anyip]
    assert ranges == ["10.10.18.16/28"]
    gateways = {(route.table, str(route.gateway)) for route in EVIDENCE.routes if route.gateway}
    assert ("main", "192.168.100.1") in gateways and len(gateways) == 3


def test_routes_of_ipv6_are_left_out() -> None:
    text = (
        '[{"dst":"default","gateway":"fe80::1","dev":"eth0","protocol":"ra","flags":[],"pref":"medium"},'
        '{"type":"unreachable","dst":"default","dev":"lo","protocol":"kernel","metric":4294967295,"pref":"medium"},'
        '{"dst":"fe80::/64","dev":"eth0"},{"dst":"default","gateway":"10.0.0.1","dev":"eth0","flags":[]}]'
    )
    assert [str(route.gateway) for route in kernel.parse_routes(text)] == ["10.0.0.1"]


def test_rules_keep_their_host_bits() -> None:
    assert EVIDENCE.rules is not None
    assert ("10.10.18.5/24", "rtctl_frontend") in {(rule.source, rule.table) for rule in EVIDENCE.rules}
    doubled = captured("l-route-tables-restarted").rules
    assert doubled is not None and sum(rule.source == "10.10.18.5/24" for rule in doubled) == 2


def test_listeners() -> None:
    text = (
        'LISTEN 0 4000 10.10.18.19:443 0.0.0.0:* users:(("haproxy",pid=113,fd=6))\n'
        "LISTEN 0 128 [::]:22 [::]:*\nLISTEN 0 5 *:5556 *:*\nLISTEN 0 5 127.0.0.53%lo:53 0.0.0.0:*\n"
        "ESTAB 0 0 10.0.0.1:22 10.0.0.2:5\nLISTEN broken\n"
    )
    found = [(one.address, one.port, one.process) for one in listeners.parse(text)]
    assert found == [("10.10.18.19", 443, "haproxy"), ("::", 22, ""), ("*", 5556, ""), ("127.0.0.53", 53, "")]


def test_a_journal_message_may_be_bytes() -> None:
    row = b'{"MESSAGE":[49,48,46,49,54,47,50,56,13],"UNIT":"anyip-routes.service","__REALTIME_TIMESTAMP":"1000000"}'
    (line,) = journal.parse(row + b'\n{"MESSAGE":"half')
    assert (line.unit, line.text) == ("anyip-routes", "10.16/28\r")
    assert line.at == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    (several,) = journal.parse(b'{"MESSAGE":["first","second"],"_SYSTEMD_UNIT":"x.service","PRIORITY":"3"}')
    assert (several.text, several.unit, several.priority) == ("first", "x", 3)


def test_the_last_start_of_a_unit() -> None:
    rows = tuple(
        JournalLine("x" if unit else "y", text, identifier=who)
        for unit, who, text in [
            (1, "systemd", "Starting x..."), (1, "x", "old"), (0, "systemd", "Starting y..."),
            (1, "systemd", "Starting x..."), (0, "y", "other"), (1, "x", "Starting to work"), (1, "x", "new"),
        ]
    )  # fmt: skip
    assert [line.text for line in last_start(rows, "x")] == ["Starting x...", "Starting to work", "new"]
    assert [line.text for line in last_start(rows[1:3], "x")] == ["old"]
    assert last_start(rows, "z") == ()


def test_haproxy_cfg() -> None:
    assert EVIDENCE.haproxy is not None
    assert [(b.address, b.port, b.line) for b in EVIDENCE.haproxy.binds] == [
        ("10.10.18.19", 443, 73),
        ("10.10.18.19", 6443, 80),
    ]
    assert len(EVIDENCE.haproxy.servers) == 6
    for frontend, backend in EVIDENCE.haproxy.uses:
        assert EVIDENCE.haproxy.backend_of(frontend) == backend


def test_haproxy_cfg_of_people() -> None:
    text = (
        b"listen web # a comment\n\tbind 10.0.0.1:80,ipv4@10.0.0.2:81 name x\n  bind *:90\n  bind :::91 v4v6\n"
        b"  server s1 10.0.0.9:80 check # bind 10.0.0.3:80\n  server s2 web.example.org:80\n"
        b"global\n  bind 10.0.0.4:80\nfrontend f\n  bind abns@x\n"
        b"  default_backend b\n#frontend g\n#  bind 10.0.0.5:80\n"
    )
    found = haproxy.parse_configuration(File("x", text))
    assert [(b.address, b.port, b.frontend, b.line) for b in found.binds] == [
        ("10.0.0.1", 80, "web", 2), ("10.0.0.2", 81, "web", 2)
    ]  # fmt: skip
    assert [(s.name, s.address, s.backend) for s in found.servers] == [("s1", "10.0.0.9", "web")]
    assert found.uses == (("web", "web"), ("f", "b")) and found.backend_of("nobody") == ""


def test_show_stat() -> None:
    down = captured("f5-range-covers-workload-node").stat
    assert down is not None
    servers = [row for row in down if row.name not in ("FRONTEND", "BACKEND")]
    assert {(row.status, row.check) for row in servers} == {("DOWN", "L4CON")}
    with pytest.raises(ValueError, match="header"):
        haproxy.parse_stat("nothing of the kind")


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("HA-Proxy version 2.2.2-1 2020/07/31 - https://haproxy.org/\n", "2.2.2-1"),
        ("HAProxy version 2.6.12-1+deb12u3 2025/10/03\n", "2.6.12-1+deb12u3"),
        ("bash: haproxy: command not found\n", ""),
    ],
)
def test_both_ways_haproxy_names_its_version(text: str, version: str) -> None:
    assert haproxy.parse_version(text) == version


@pytest.mark.parametrize(
    ("frontend", "cluster"),
    [
        ("domain-c8:5c1b7f0e-kube-system-kube-apiserver-lb-svc-nginx", "Supervisor"),
        ("domain-c8:5c1b7f0e-1111-2222-3333-444455556666-kube-system-kube-apiserver-lb-svc-nginx", "Supervisor"),
        ("domain-c8:5c1b7f0e-vmware-system-csi-vsphere-csi-controller-ctlr", "Supervisor"),
        ("domain-c8:77aa0001-demo-tkc01-control-plane-service-apiserver", "tkc01"),
        ("domain-c8:77aa0001-demo-web", "demo-web"),
        ("stats", "stats"),
    ],
)
def test_what_stands_behind_a_frontend(frontend: str, cluster: str) -> None:
    assert haproxy.cluster_of(frontend) == cluster


def test_the_range_file_as_the_script_reads_it() -> None:
    last = captured("c4-no-final-newline").ranges
    assert last is not None and [(line.number, line.text, line.read) for line in last] == [(9, "10.10.18.16/28", False)]
    three = captured("d-good-bad-good").ranges
    assert three is not None
    assert [(line.text, line.read, line.network is None) for line in three] == [
        ("10.10.18.16/28", True, False),
        ("10.10.18.34/28", True, True),
        ("10.10.18.48/28", True, False),
    ]


def test_route_tables_cfg() -> None:
    assert EVIDENCE.tables is not None
    rows = [(t.table, t.name, str(t.cidr), str(t.gateway) if t.gateway else t.gateway_text) for t in EVIDENCE.tables]
    assert rows == [
        ("2", "workload", "10.10.17.2/24", "10.10.17.1"),
        ("2", "workload", "10.10.17.2/24", ""),
        ("3", "frontend", "10.10.18.5/24", "10.10.18.1"),
        ("3", "frontend", "10.10.18.5/24", ""),
    ]


def test_files_and_digests() -> None:
    stat = EVIDENCE.files[ANYIP_CFG].stat
    assert stat is not None and (stat.mode, stat.owner, stat.size) == ("644", "root:root", 308)
    odd = files.parse_stat("1 2 3 644 root:root /a b c\nx 2 3 644 root:root /no\nstat: cannot statx '/x'\n")
    assert list(odd) == ["/a b c"] and odd["/a b c"].mtime == datetime(1970, 1, 1, 0, 0, 3, tzinfo=UTC)
    digest = "a" * 64
    assert files.parse_sha256(f"{digest}  /a  b\nshort  /x\n") == {"/a  b": digest}


def test_the_machine() -> None:
    assert system.parse_reader("0\nroot\n") == system.Reader(0, "root")
    assert system.parse_clock("1577934245\nUTC\n12.5 3.0\n") == system.Clock(
        datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC), 12.5
    )
    assert EVIDENCE.disks is not None and (EVIDENCE.disks[0].mount, EVIDENCE.disks[0].used) == ("/", 12)
    assert EVIDENCE.disks[0].free == 17215028 * 1024
    assert EVIDENCE.disks[0].room == (4569738 - 4096) * 4096
    assert EVIDENCE.certificate is not None and EVIDENCE.certificate.not_after.year == 2036
    assert "192.168.100.10" in EVIDENCE.certificate.names and "haproxy.local" in EVIDENCE.certificate.names


@pytest.mark.parametrize(
    ("expires", "found"),
    [
        ("Feb 20, 2027", system.PasswordAge(date(2027, 2, 20), False)),
        ("never", system.PasswordAge(None, False)),
        ("password must be changed", system.PasswordAge(None, True)),
    ],
)
def test_when_the_password_expires(expires: str, found: system.PasswordAge) -> None:
    text = f"Last password change\t\t\t\t\t: {expires}\nPassword expires\t\t\t\t\t: {expires}\n"
    assert system.parse_password_age(text) == found
    with pytest.raises(ValueError, match="Password expires"):
        system.parse_password_age("chage: nothing")


def test_watchers() -> None:
    assert EVIDENCE.watchers is not None and len(EVIDENCE.watchers) == 6
    stat = EVIDENCE.files[ANYIP_CFG].stat
    watching = [w for w in EVIDENCE.watchers if w.unit == "anyip-routes" and w.inode is not None]
    assert stat is not None and [w.inode for w in watching] == [stat.inode]
    stale = captured("m2-sed-i").watchers
    assert stale is not None
    assert [w.inode for w in stale if w.command.startswith("inotifywait")] == [0x24065A, None]
