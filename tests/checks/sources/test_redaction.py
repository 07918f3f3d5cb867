"""What must not leave the appliance does not: the manifest's own shell texts, run on copies with planted secrets."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from checks.evidence.manifest import DATAPLANE_CFG, FACTS_ONLY, HAPROXY_CFG, HAPROXY_LKG, ITEMS, OVF_LOG, Item
from checks.sources.script import compose, take_apart
from tests.checks.sources.shells import SHELLS, run

HAPROXY = """\
global
  stats socket /run/haproxy.sock level admin
  setenv API_TOKEN {0}-setenv
  # the old password: {0}-comment

userlist controller
  user admin password $5${0}/hash
  user plain insecure-password {0}-clear groups writers
  user\tquoted\tinsecure-password\t"{0} with blanks {0}"
  user escaped insecure-password {0}\\ and\\ {0}

listen stats
  bind 10.10.18.19:8404
  stats auth admin:{0}-stats
  stats  auth  other:{0}:colon

backend domain-c8:5c1b7f0e-web-token
  option httpchk GET / HTTP/1.1\\r\\nAuthorization:\\ Basic\\ {0}check
  http-check send hdr Authorization "Basic {0}=="
  http-check send hdr authorization 'Bearer {0}.jwt'
  http-request set-header Authorization Basic\\ {0}
  server token-10.10.17.11:443 10.10.17.11:443 check
"""
DATAPLANE = "USERLIST=controller\nHAPROXY_PASSWORD={0}\nAPI_TOKEN={0} {0}\nmy_secret_key: {0}\nTLS_PORT=5556\n"
LOG = """\
publishUserdata
+ echo root:{0}-root
Unknown option {0}-option
setHAProxyUserPass admin {0}-api
openssl passwd -1 {0}
unable to load {0}
"""
SECRETS = ("hunter2tabs", "Tr0ub4dor", "ttt\\tsecret")


@pytest.fixture
def appliance(tmp_path: Path) -> Path:
    for path, text in (
        (HAPROXY_CFG, HAPROXY),
        (HAPROXY_LKG, HAPROXY),
        (DATAPLANE_CFG, DATAPLANE),
        (OVF_LOG, LOG),
        ("/etc/haproxy/server.key", "-----BEGIN PRIVATE KEY-----\n{0}\n"),
        ("/etc/haproxy/ca.key", "-----BEGIN PRIVATE KEY-----\n{0}\n"),
        ("/etc/haproxy/server.crt", "no certificate {0}\n"),
    ):
        file = tmp_path / path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(text.format(secret) for secret in SECRETS))
    return tmp_path


def moved(root: Path) -> tuple[Item, ...]:
    """The items that touch the files above, looking below ``root`` instead of below /."""
    return tuple(
        Item(
            item.name,
            item.shell.replace("/etc/", f"{root}/etc/").replace("/var/log/vmware", f"{root}/var/log/vmware"),
            "",
        )
        for item in ITEMS
        if any(path in item.shell for path in (HAPROXY_CFG, HAPROXY_LKG, DATAPLANE_CFG, *FACTS_ONLY))
        and not item.shell.startswith("haproxy")
    )


@pytest.mark.parametrize("shell", SHELLS)
def test_no_planted_secret_is_in_any_section(shell: list[str], appliance: Path) -> None:
    items = moved(appliance)
    reading = take_apart(run(shell, compose(items, "0" * 32)), "0" * 32, items)
    assert reading.complete and len(reading.sections) == len(items) >= 7
    for section in reading.sections.values():
        for secret in SECRETS:
            assert secret.encode() not in section.out + section.err, section.text


@pytest.mark.parametrize("sed", ["sed", "busybox sed"])
def test_either_sed_hides_them(sed: str, appliance: Path) -> None:
    items = tuple(
        Item(i.name, i.shell.replace("sed -E", f"{sed} -E"), "") for i in moved(appliance) if i.name.startswith("file:")
    )
    assert len(items) == 3
    reading = take_apart(run(["sh"], compose(items, "0" * 32)), "0" * 32, items)
    for section in reading.sections.values():
        assert section.code == 0 and b"<redacted>" in section.out
        for secret in SECRETS:
            assert secret.encode() not in section.out, section.text


def test_what_is_no_secret_is_kept_to_the_byte(tmp_path: Path) -> None:
    """Servers and frontends whose names speak of tokens and passwords, CR, bytes that are no UTF-8, no last newline."""
    plain = (
        b"frontend domain-c8:5c1b7f0e-ns-password-svc\r\n  bind 10.10.18.20:443 name x-secret\n"
        b"  default_backend domain-c8:5c1b7f0e-ns-token\n\tserver auth-token-1 10.10.17.9:443 check weight 100\n"
        b"stats socket /run/haproxy.sock user haproxy\nstats timeout 30s\n\xff\xfe\x00 end"
    )
    for path in (HAPROXY_CFG, HAPROXY_LKG, DATAPLANE_CFG):
        file = tmp_path / path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(plain)
    items = tuple(item for item in moved(tmp_path) if item.name.startswith("file:"))
    reading = take_apart(run(["sh"], compose(items, "0" * 32)), "0" * 32, items)
    assert [section.out for section in reading.sections.values()] == [plain] * 3


def test_the_steps_of_the_first_boot_are_still_told(appliance: Path) -> None:
    items = tuple(item for item in moved(appliance) if item.name == "first-boot")
    section = take_apart(run(["sh"], compose(items, "0" * 32)), "0" * 32, items).sections["first-boot"]
    words = {" ".join(row.split()[1:]) for row in section.text.splitlines()}
    assert words == {"publishUserdata", "Unknown option", "setHAProxyUserPass", "unable to load"}


def test_private_keys_are_only_looked_at_from_outside() -> None:
    """By stat, and by one section of which the next test shows what leaves."""
    for item in ITEMS:
        for word in ("server.key", "ca.key", "shadow", "userdata"):
            allowed = item.shell.startswith("stat ") or (item.name == "tls-files" and word.endswith(".key"))
            assert word not in item.shell or allowed, item.name


def test_of_a_private_key_only_facts_leave(tmp_path: Path) -> None:
    folder = tmp_path / "haproxy"
    folder.mkdir()
    for name in ("ca", "server"):
        key = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-days", "2"]
        files = ["-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.crt")]
        subprocess.run([*key, *files], check=True, capture_output=True)
    (folder / "ca.key").write_text(
        (folder / "ca.key").read_text().replace("BEGIN PRIVATE KEY", "BEGIN RSA\nPRIVATE KEY")
    )
    item = next(item for item in ITEMS if item.name == "tls-files")
    here = replace(item, shell=item.shell.replace("/etc/haproxy", str(folder)))
    section = take_apart(run(["sh"], compose((here,), "0" * 32)), "0" * 32, (here,)).sections["tls-files"]
    assert "server.key" in section.text and "yes" in section.text
    for name in ("ca.key", "server.key"):
        for line in (folder / name).read_text().splitlines()[1:-1]:
            assert line not in section.text
