"""The parsers by name: what each is fed, an example to begin with, and the one exception that it may raise.

Each takes bytes and returns; what else it raises is a fault. Together they are all the ways for text of others to come
in.
"""

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from checks import fix_journal
from checks.addresses import block_ruler, spelling
from checks.diagnosis import diagnose
from checks.evidence.evidence import read
from checks.evidence.manifest import ANYIP_CFG, ITEMS
from checks.evidence.section import Reading, Section
from checks.inert import inert
from checks.interrupted_fix import unfinished
from checks.ledger import Ledger
from checks.refusal import Refusal
from checks.site import load as load_site
from checks.snapshot import Origin, Phase, Snapshot, SourceKind
from checks.sources.capture_index import IndexProblem, read_index
from checks.sources.host_keys import HostKeys
from checks.sources.probe import _judge
from checks.sources.script import as_command, compose, recognise, script_of, take_apart
from checks.sources.ssh_route import steps
from checks.sources.target import Target, parse_fingerprint, parse_jumps, parse_place, parse_port, parse_target
from checks.sources.tls import describe
from checks.sources.watch_script import change_in
from checks.sources.write_script import read_written, recognise_restore, recognise_write
from tests.checks.fixtures import base
from tui import arguments, config, explain
from tui.report.json import report as json_report
from tui.report.text import report as text_report

NONCE: Final = "0123456789abcdef0123456789abcdef"
_HEALTHY: Final = base().reading.sections
SECTIONS: Final = tuple(sorted({item.name for item in ITEMS} | set(_HEALTHY)))
_SCRATCH: Final = Path(tempfile.mkdtemp(prefix="noroute-fuzz-"))
atexit.register(shutil.rmtree, _SCRATCH, ignore_errors=True)
_FILE: Final = _SCRATCH / "file"
(_SCRATCH / "fixes").mkdir()


@dataclass(frozen=True)
class Parser:
    """``feed`` runs it on bytes; ``seeds`` are examples that it understands. ``most`` is how many bytes may come at
    once: less where the kernel or a person stands in front."""

    feed: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    may_raise: type[Exception] | tuple[type[Exception], ...] = ()
    most: int = 1_000_000

    def __call__(self, data: bytes) -> None:
        """Raises whatever it must not raise."""
        try:
            self.feed(data)
        except self.may_raise:
            return


def text(data: bytes) -> str:
    """As arguments and lines of files come in: undecodable bytes are there all the same."""
    return data.decode("utf-8", "surrogateescape").replace("\0", "")


def section(name: str, data: bytes) -> Snapshot:
    """A healthy appliance of which one section says this, read, judged and told on paper and as JSON, with the
    fix that it may say was cut off."""
    sections = {**_HEALTHY, name: Section(name, name, data)}
    evidence = read(Reading(sections, base().reading.taken_at), base().probes)
    found = unfinished(evidence, None, None)
    snapshot = Snapshot(
        Origin(SourceKind.LIVE, "root@haproxy"), Phase.LIVE, diagnose(evidence), evidence, unfinished=found
    )
    json.loads(json_report(snapshot), parse_constant=lambda word: 1 / 0)
    text_report(snapshot, 0, lambda *words: " ".join(words))
    return snapshot


def _any_section(data: bytes) -> None:
    """The first byte chooses the section, so that one corpus serves them all."""
    if data:
        section(SECTIONS[data[0] % len(SECTIONS)], data[1:])


def _framing(data: bytes) -> None:
    reading = take_apart(data, NONCE)
    read(reading)
    read_written(data, NONCE)
    change_in(data, NONCE)


def _from_file(load: Callable[[Path], object]) -> Callable[[bytes], None]:
    def feed(data: bytes) -> None:
        _FILE.write_bytes(data)
        load(_FILE)

    return feed


def _words(data: bytes) -> None:
    arguments.parse(text(data).split())


def _places(data: bytes) -> None:
    for parse in (parse_place, parse_target, parse_jumps, parse_port, parse_fingerprint):
        try:
            parse(text(data))
        except Refusal as refusal:
            assert refusal.exit_code == 2


def _ssh_config(data: bytes) -> None:
    if b"exec" in data.lower():
        return  # Match exec runs a command, as the user's own file may
    _FILE.write_bytes(data)
    steps(Target("haproxy", config_files=(str(_FILE),)))


def _records(data: bytes) -> None:
    (_SCRATCH / "fixes" / "one.json").write_bytes(data)
    Ledger(_SCRATCH).last("SHA256:key")
    fix_journal.parse(data)
    fix_journal.not_understood(data)


def _scripts(data: bytes) -> None:
    script = text(data)
    for recognise_one in (recognise, script_of, recognise_write, recognise_restore):
        recognise_one(script)


def _addresses(data: bytes) -> None:
    found = spelling(text(data))
    block_ruler(found)
    explain.page(text(data))
    inert(text(data))


def _http(data: bytes) -> None:
    for path in ("/wcp/loginbanner", "/v2/info"):
        _judge(data, path, "TLS 1.3")


def _certificate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "haproxy.local")])
    start = datetime(2021, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + timedelta(days=365))
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


_SITE: Final = b"""name = "jarvis"
[network]
management_ip = "192.168.100.10/24"
nameservers = ["192.168.100.1"]
[loadbalance]
service_ip_range = ["10.10.18.16/28"]
[wizard]
virtual_server_ranges = ["10.10.18.19-10.10.18.29"]
[other]
addresses = { "ntp" = "192.168.100.1" }
[[ignore]]
code = "A19"
reason = "lab"
until = 2027-06-30
"""
_INDEX: Final = (Path(__file__).parents[1] / "fixtures/base/capture.json").read_bytes()
_KEY: Final = b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJQvVCsKFNGWyrW1yz2gDnYEBnnBIy+jvQWsEMlU5YBX"
_FRAMES: Final = b"".join(
    b"#%s %s\n" % (NONCE.encode(), row) for row in (b"begin boot-id", b"err", b"end boot-id 1.0 1.5", b"done 1")
).replace(b"err\n", b"err\n=0\n")
_SCRIPT: Final = compose(nonce=NONCE)
_RECORD: Final = json.dumps(
    {"schema": "noroute/fix/1", "fix_id": "20260102-030405-A01", "appliance": "SHA256:key", "target": "t",
     "finding_id": "A01:x", "code": "A01", "summary": "s", "backup": "b", "status": "begun", "digest": "0",
     "back": [{"do": "write", "path": "/etc/x", "before": "YQ==", "after": "Yg=="}, {"do": "reboot"}]}
).encode()  # fmt: skip

_JOURNAL: Final = fix_journal.Entry(
    "20260102-030405-A01", "A01:x", "A01", "fix", "anna@desk 4711", "2026-01-02T03:04:05+00:00", "verify", ANYIP_CFG,
    f"{ANYIP_CFG}.noroute-20260102-030405", "0" * 64, "1" * 64, "yes", "0123456789abcdef - - 4711 5", "b",
)  # fmt: skip
_EXAMPLES: Final = {"fix-journal": b"1767322000\n" + _JOURNAL.text()} | {
    name: section.out for name, section in _HEALTHY.items()
}

PARSERS: Final = {
    "sections": Parser(
        _any_section,
        tuple(bytes([number]) + _EXAMPLES[name] for number, name in enumerate(SECTIONS)),
    ),
    "framing": Parser(_framing, (_FRAMES,)),
    "index": Parser(lambda data: read_index(data.decode("utf-8", "replace")), (_INDEX,), IndexProblem),
    "site": Parser(_from_file(load_site), (_SITE,), Refusal),
    "config": Parser(
        _from_file(config.load), (b'[screen]\ntheme = "dark"\nascii = true\n[keys]\n"map.fix" = "F"\n',), Refusal
    ),
    "words": Parser(
        _words,
        (b"check -J me@jump root@haproxy.lab --format json", b"fix root@h A01 --plan 0123456789abcdef", b"demo"),
        Refusal,
        50_000,
    ),
    "places": Parser(_places, (b"root@haproxy.lab:22", b"ssh://a@[::1]:2222/", b"a,b@c:1", b"SHA256:" + b"a" * 43)),
    "addresses": Parser(_addresses, (b"10.10.18.18/28", b"10.10.18.17-10.10.18.30", b"10.0.0.1/255.0.0.0", b"/28")),
    "ssh config": Parser(
        _ssh_config,
        (b"Host haproxy\n  User root\n  Port 2222\n  ProxyJump me@jump\nMatch host h*\n  IdentityFile ~/.ssh/%h\n",),
        Refusal,
        50_000,
    ),
    "known hosts": Parser(
        lambda data: HostKeys(_SCRATCH, text(data)).known("haproxy", 22, ()),
        (b"haproxy,10.0.0.? " + _KEY, b"|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= " + _KEY),
    ),
    "records": Parser(_records, (_RECORD,)),
    "scripts": Parser(
        _scripts, (compose(nonce=NONCE).encode(), as_command(compose(nonce=NONCE)).encode()), most=100_000
    ),
    "http": Parser(_http, (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>",)),
    "certificate": Parser(describe, (_certificate(),)),
}
