"""The facts of one state of an appliance, in a form in which a recorded appliance and the lab's can be compared.

Both sides come as outputs of the same commands and go through the same functions, so a difference is a difference
between the appliances. What differs from boot to boot (process ids, times, line numbers, order) is left out.

`python -m tests.lab.capture_facts DIRECTORY` turns a directory of recordings into the files of expected/.
"""

import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

EXPECTED: Final = Path(__file__).with_name("expected")
# Journal lines of haproxy that tell a state; the rest is bookkeeping that differs between runs.
_TELLING: Final = re.compile(
    r"cannot bind|unknown keyword|no server available|Loading (success|failure)|Reexecuting|too quickly|"
    r"exited|Failed with|parsing|Fatal errors|Reload failed"
)


class Output(NamedTuple):
    """What one command answered."""

    code: int
    text: str


Outputs = Mapping[str, Output]
Facts = dict[str, Any]

COMMANDS: Final = {
    "systemctl-show": "systemctl show "
    "-p Id,LoadState,ActiveState,SubState,UnitFileState,Result,ExecMainStatus,NRestarts "
    "haproxy anyip-routes route-tables dataplaneapi net-postconfig",
    "is-system-running": "systemctl is-system-running",
    "list-units-failed": "systemctl list-units --state=failed --no-legend --plain",
    "journal-anyip-routes": "journalctl -b -n 60 --no-pager -u anyip-routes",
    "journal-route-tables": "journalctl -b -n 60 --no-pager -u route-tables",
    "journal-haproxy": "journalctl -b -n 60 --no-pager -u haproxy",
    "ip-j-addr": "ip -j addr",
    "ip-j-route-all": "ip -j route show table all",
    "ip-rule": "ip rule",
    "route-get-vip": "ip route get 10.10.18.19; ip route get 10.10.18.1; ip route get 10.10.18.50; "
    "ip route get 10.10.99.10 from 10.10.18.5; ip route get 10.10.99.10 from 10.10.18.19",
    "ss": "ss -Hltnp",
    "cat-anyip-A": "cat -A /etc/vmware/anyip-routes.cfg | grep -v '^#'",
    "cat-route-tables": "cat /etc/vmware/route-tables.cfg",
    "haproxy-c": "haproxy -c -f /etc/haproxy/haproxy.cfg",
    "show-stat": "echo 'show stat' | socat - /run/haproxy.sock",
    "rt-tables": "cat /etc/iproute2/rt_tables",
    "x509": "openssl x509 -in /etc/haproxy/server.crt -noout -dates -ext subjectAltName",
    "ps-watchers": "ps -eo pid,ppid,args | grep -E 'inotifywait|[a-z]ctl.sh' | grep -v grep",
}


def appliance_facts(outputs: Outputs) -> Facts:
    """What the appliance says of itself. A command that was not recorded is not a fact."""
    makers = {
        "units": ("systemctl-show", _units),
        "system": ("is-system-running", lambda o: o.text.strip()),
        "failed": ("list-units-failed", lambda o: sorted(line.split()[0] for line in o.text.splitlines())),
        "anyip journal": ("journal-anyip-routes", lambda o: _by_speaker(_messages(o.text))),
        "route-tables journal": ("journal-route-tables", lambda o: _by_speaker(_messages(o.text))),
        "haproxy journal": ("journal-haproxy", lambda o: sorted(set(filter(_TELLING.search, _messages(o.text))))),
        "links": ("ip-j-addr", _links),
        "routes": ("ip-j-route-all", _routes),
        "rules": ("ip-rule", lambda o: [" ".join(line.split()) for line in o.text.splitlines()]),
        "route get": ("route-get-vip", _route_get),
        "listeners": ("ss", lambda o: sorted(line.split()[3] for line in o.text.splitlines())),
        "ranges": ("cat-anyip-A", lambda o: o.text.splitlines()),
        "policy lines": ("cat-route-tables", lambda o: _settings(o.text)),
        "haproxy -c": ("haproxy-c", lambda o: o.code),
        "servers": ("show-stat", _servers),
        "table names": ("rt-tables", lambda o: re.findall(r"^\d+\s+rtctl_\w+", o.text, re.MULTILINE)),
        "certificate": ("x509", _certificate),
        "watchers": ("ps-watchers", _watchers),
    }
    return {name: make(outputs[slug]) for name, (slug, make) in makers.items() if slug in outputs}


def tcp_word(recorded: str) -> str:
    """A recorded connect in the words of vantage.TcpAnswer, silence folded (see `folded`)."""
    for start, word in (
        ("CONNECTED stays open", "open"), ("CONNECTED then data", "data"), ("CONNECTED then EOF", "closed"),
        ("ECONNREFUSED", "refused"), ("EHOSTUNREACH", "unreachable"), ("TIMEOUT", "timeout"),
    ):  # fmt: skip
        if recorded.startswith(start):
            return folded(word)
    raise ValueError(f"not the outcome of a connect: {recorded!r}")


def folded(outcome: str) -> str:
    """Unreachable and timeout are one fact: which of the two a client sees depends on the age of its ARP entry."""
    return "silent" if outcome in ("unreachable", "timeout") else outcome


def differences(expected: Facts, found: Facts) -> list[str]:
    """Every fact of `expected` that is not so in `found`, in words; empty where they agree."""
    told = []
    for name, value in expected.items():
        if found.get(name) != value:
            told.append(f"{name}:\n  recorded {json.dumps(value)}\n  lab      {json.dumps(found.get(name))}")
    return told


def _units(output: Output) -> dict[str, dict[str, str]]:
    blocks = [dict(line.split("=", 1) for line in block.splitlines()) for block in output.text.strip().split("\n\n")]
    return {block.pop("Id"): dict(sorted(block.items())) for block in blocks}


def _messages(text: str) -> list[str]:
    """Journal lines without time, host and process ids, and without what only numbers tell apart."""
    told = []
    for line in text.splitlines():
        found = re.match(r"\w+ +\d+ [\d:]+ \S+ ([\w.@-]+)\[\d+\]: (.*)", line)
        if found:
            words = re.sub(r"\(\d+\)|\d+/\d{6}|haproxy\.cfg:\d+|#\d+", "", found[2])
            told.append(f"{found[1]}: {' '.join(words.split())}")
    return told


def _by_speaker(messages: list[str]) -> dict[str, list[str]]:
    """Who said what, in order. Between systemd and a script that it just started the order is luck."""
    told: dict[str, list[str]] = {}
    for message in messages:
        speaker, _, words = message.partition(": ")
        told.setdefault(speaker, []).append(words)
    return told


def _links(output: Output) -> dict[str, dict[str, Any]]:
    return {
        link["ifname"]: {
            "state": link["operstate"],
            "up": "UP" in link["flags"],
            "mac": link["address"],
            "addresses": [f"{a['local']}/{a['prefixlen']}" for a in link["addr_info"] if a["family"] == "inet"],
        }
        for link in json.loads(output.text)
    }


def _routes(output: Output) -> list[str]:
    keys = ("table", "type", "dst", "gateway", "dev", "protocol", "scope", "prefsrc", "flags")
    routes = (route for route in json.loads(output.text) if ":" not in route["dst"] and route["dst"] != "ff00::/8")
    return sorted(" ".join(str(route[key]) for key in keys if route.get(key)) for route in routes)


def _route_get(output: Output) -> list[str]:
    return [re.sub(r" uid \d+", "", line).strip() for line in output.text.splitlines() if line[:1].strip()]


def _settings(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _servers(output: Output) -> dict[str, str]:
    """Status and the last check's result by server. A check under way ("* ") has the result of the one before."""
    rows = (line.split(",") for line in output.text.splitlines() if line and not line.startswith("#"))
    return {f"{row[0]}/{row[1]}": f"{row[17]} {row[36].removeprefix('* ')}".strip() for row in rows}


def _certificate(output: Output) -> dict[str, Any]:
    names = sorted(name.strip() for name in output.text.strip().splitlines()[-1].split(","))
    expired = re.search(r"notAfter=.* 20(\d\d) ", output.text)
    return {"names": names, "until": "past" if expired and int(expired[1]) < 26 else "future"}


def _watchers(output: Output) -> dict[str, int]:
    return {
        name: sum(f"{name}" in line or config in line for line in output.text.splitlines())
        for name, config in (("anyiproutectl", "anyip-routes.cfg"), ("routetablectl", "route-tables.cfg"))
    }


def recorded(directory: Path) -> Facts:
    """The facts of one recorded state."""
    codes = {}
    for line in (directory / "rc.tsv").read_text().splitlines():
        slug, code, _command = line.split("\t", 2)
        codes[slug] = int(code)
    outputs = {
        slug: Output(codes[slug], (directory / f"{slug}.txt").read_text(errors="replace"))
        for slug in COMMANDS
        if slug in codes and (directory / f"{slug}.txt").exists() and (directory / "ss.txt").exists()
    }
    return {"appliance": appliance_facts(outputs), "clients": _recorded_clients(directory)}


def _recorded_clients(directory: Path) -> Facts:
    facts: Facts = {}
    for vantage in ("jump", "far"):
        for line in (directory / f"client-{vantage}-tcp.txt").read_text().splitlines():
            target, outcome = line.split(None, 1)
            facts[f"{vantage} {target}"] = tcp_word(outcome)
        facts[f"{vantage} banner"] = _curl_status(directory / f"client-{vantage}-curl.txt")
    facts["jump dataplane"] = _curl_status(directory / "client-jump-dataplane.txt")
    return facts


def _curl_status(path: Path) -> int:
    found = re.search(r"http_code=(\d+)", path.read_text())
    return int(found[1]) if found else 0


def states(directory: Path) -> Iterable[tuple[str, Path]]:
    """The recorded states below a directory: name as in expected/, and where it is."""
    for path in sorted(directory.glob("**/rc.tsv")):
        yield "-".join(path.parent.relative_to(directory).parts), path.parent


def main(directory: Path) -> None:
    EXPECTED.mkdir(exist_ok=True)
    for name, path in states(directory):
        (EXPECTED / f"{name}.json").write_text(json.dumps(recorded(path), indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
