"""Logging in to real OpenSSH servers: host keys, client keys, jump hosts, and what failures are called."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from checks.model import Vantage
from checks.prompts import Asker, NeverAsk
from checks.refusal import HostKeyChanged, Refusal
from checks.sources.connection import Connection, connect, connect_jumps
from checks.sources.host_keys import fingerprint
from checks.sources.target import Pinned, Place, Target
from checks.sources.watch_script import compose_watch
from checks.sources.watch_stream import follow
from tests.required import missing
from tests.sources.askers import Person
from tests.sources.sshd import Sshd, needs_sshd, sshd

pytestmark = needs_sshd
ME = getpass.getuser()


def at(server: Sshd, **more: object) -> Target:
    options: dict[str, object] = {"identities": (str(server.client_key),), "config_files": (), **more}
    return Target("127.0.0.1", ME, server.port, **options)  # type: ignore[arg-type]


def hop(server: Sshd) -> Place:
    return Place("127.0.0.1", ME, server.port)


@asynccontextmanager
async def connected(target: Target, asker: Asker, state: Path) -> AsyncIterator[Connection]:
    connection = await connect(target, asker, state)
    try:
        yield connection
    finally:
        await connection.close()


async def refused(target: Target, asker: Asker, state: Path) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await connect(target, asker, state)
    assert caught.value.sentence.isprintable()
    return caught.value


@contextmanager
def agent_with(key: Path, tmp_path: Path) -> Iterator[str]:
    path = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.DEVNULL)
    try:
        while not path.exists():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.01)
                missing("ssh-agent does not start here")
        subprocess.run(["ssh-add", str(key)], env={**os.environ, "SSH_AUTH_SOCK": str(path)}, capture_output=True)
        yield str(path)
    finally:
        process.terminate()
        process.wait(10)


async def test_a_new_key_is_asked_about_once_and_never_written_to_the_home_folder(server: Sshd, tmp_path: Path) -> None:
    person = Person()
    for _ in range(2):
        async with connected(at(server), person, tmp_path / "state") as connection:
            assert (await connection.run("echo hello", seconds=10, limit=100)).out == b"hello\n"
    (asked,) = person.keys
    assert asked.fingerprint == fingerprint(server.host_key)
    assert (asked.hop, asked.host, asked.port, asked.type) == (
        "appliance 127.0.0.1",
        "127.0.0.1",
        server.port,
        "ssh-ed25519",
    )
    assert stat.S_IMODE((tmp_path / "state" / "known_hosts").stat().st_mode) == 0o600
    assert list((tmp_path / "home").rglob("*")) == []


async def test_without_a_terminal_the_fingerprint_is_told_and_can_be_given(server: Sshd, tmp_path: Path) -> None:
    told = await refused(at(server), NeverAsk(), tmp_path / "state")
    shown = fingerprint(server.host_key)
    assert told.exit_code == 3
    assert f"--accept-host-key={shown} if " in told.sentence
    assert told.sentence.count(shown) == 1
    other = "SHA256:" + "A" * 43
    await refused(at(server, accept_host_keys=frozenset({other})), NeverAsk(), tmp_path / "state")
    async with connected(at(server, accept_host_keys=frozenset({shown})), NeverAsk(), tmp_path / "state"):
        pass
    async with connected(at(server), NeverAsk(), tmp_path / "state"):
        pass


async def test_a_state_folder_that_cannot_be_written(server: Sshd, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    state = tmp_path / "file" / "state"
    told = await refused(at(server), Person(), state)
    assert "cannot be written" in told.sentence
    accepted = frozenset({fingerprint(server.host_key)})
    async with connected(at(server, accept_host_keys=accepted), NeverAsk(), state):
        pass


async def test_a_key_that_is_known_to_ssh_is_known_here(server: Sshd, tmp_path: Path) -> None:
    ssh = tmp_path / "home" / ".ssh"
    ssh.mkdir()
    (ssh / "known_hosts").write_text(server.known_hosts_line)
    async with connected(at(server), NeverAsk(), tmp_path / "state"):
        pass
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256"])
async def test_a_changed_key_is_refused_with_both_fingerprints(server: Sshd, tmp_path: Path, kind: str) -> None:
    old = asyncssh.generate_private_key(kind).convert_to_public()
    known = tmp_path / "state" / "known_hosts"
    known.parent.mkdir()
    known.write_text(f"[127.0.0.1]:{server.port} {old.export_public_key().decode()}")
    person = Person()
    shown = fingerprint(server.host_key)
    told = await refused(at(server, accept_host_keys=frozenset({shown})), person, tmp_path / "state")
    assert told.exit_code == 3 and told.final
    assert "THE HOST KEY HAS CHANGED" in told.sentence
    assert shown in told.sentence
    assert fingerprint(old) in told.sentence
    assert f"ssh-keygen -R '[127.0.0.1]:{server.port}' -f {known}" in told.sentence
    (changed,) = person.changed
    assert (changed.known, changed.files) == ((fingerprint(old),), (str(known),))
    assert person.keys == []
    forgetting = await asyncio.create_subprocess_shell(changed.remove, stdout=subprocess.DEVNULL)
    assert await forgetting.wait() == 0
    async with connected(at(server), person, tmp_path / "state"):
        pass


async def test_an_encrypted_key_asks_for_its_passphrase_once_and_only_if_the_server_wants_it(
    server: Sshd, tmp_path: Path
) -> None:
    key = asyncssh.read_private_key(str(server.client_key))
    locked, stranger = tmp_path / "locked", tmp_path / "stranger"
    for path, private in ((locked, key), (stranger, asyncssh.generate_private_key("ssh-ed25519"))):
        path.write_bytes(private.export_private_key(passphrase="sesame", rounds=1, ignore_few_rounds=True))
        path.chmod(0o600)
    person = Person(answers={"passphrase": "sesame"})
    async with connected(at(server, identities=(str(stranger), str(locked))), person, tmp_path / "state"):
        pass
    assert [(question.kind, question.prompt) for question in person.questions] == [
        ("passphrase", f"Passphrase for {locked}: ")
    ]
    async with connected(
        at(server, identities=(str(locked),), jumps=(hop(server),)), person, tmp_path / "state"
    ) as two:
        await two.reconnect()
    assert len(person.questions) == 2
    wrong = Person(answers={"passphrase": "open-says-me"})
    told = await refused(at(server, identities=(str(locked),)), wrong, tmp_path / "state")
    assert f"permission denied: the passphrase does not unlock {locked};" in told.sentence
    assert "open-says-me" not in repr(told.args) + repr(vars(told))
    assert len(wrong.questions) == 1


async def test_the_password_file_opens_a_key(server: Sshd, tmp_path: Path) -> None:
    key = asyncssh.read_private_key(str(server.client_key))
    locked = tmp_path / "locked"
    locked.write_bytes(key.export_private_key(passphrase="sesame", rounds=1, ignore_few_rounds=True))
    trusted = frozenset({fingerprint(server.host_key)})
    target = at(server, identities=(str(locked),), password="sesame", accept_host_keys=trusted)
    async with connected(target, NeverAsk(), tmp_path / "state"):
        pass


async def test_a_stock_sshd_without_pam_denies_as_it_does_to_ssh(tmp_path: Path) -> None:
    stranger = tmp_path / "stranger"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(stranger))
    settings = ("PasswordAuthentication yes", "KbdInteractiveAuthentication yes", "MaxAuthTries 6")
    with sshd(tmp_path / "stock", *settings) as stock:
        for target, why in (
            (at(stock, identities=(str(stranger),)), "it needs a password"),
            (at(stock, identities=(), password="wrong"), "the password was refused"),
        ):
            told = await refused(target, Person(), tmp_path / "state")
            assert "permission denied" in told.sentence and why in told.sentence
            assert "too many" not in told.sentence
        assert stock.log.read_text().count("keyboard-interactive") <= 2 * 2
        shown = frozenset({fingerprint(stock.host_key)})
        told = await refused(at(stock, identities=(), accept_host_keys=shown), NeverAsk(), tmp_path / "other")
        assert "it needs a password" in told.sentence
        assert (tmp_path / "other" / "known_hosts").exists()


async def test_an_agent_is_used(server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with agent_with(server.client_key, tmp_path) as path:
        monkeypatch.setenv("SSH_AUTH_SOCK", path)
        async with connected(at(server, identities=()), Person(), tmp_path / "state"):
            pass


async def test_a_key_that_is_not_let_in(server: Sshd, tmp_path: Path) -> None:
    path = tmp_path / "stranger"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(path))
    told = await refused(at(server, identities=(str(path),)), Person(), tmp_path / "state")
    assert told.exit_code == 3
    assert "permission denied; the host allows publickey" in told.sentence
    assert f"; 1 key was offered and refused: {path}" in told.sentence
    assert ("PermitRootLogin may be off there" in told.sentence) == (ME == "root")
    absent = await refused(at(server, identities=(str(tmp_path / "absent"),)), Person(), tmp_path / "state")
    assert (absent.exit_code, "No such file" in absent.sentence) == (2, True)


async def test_no_key_at_all(server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    told = await refused(at(server, identities=()), Person(), tmp_path / "state")
    assert told.sentence.endswith("; no key was offered: none in ~/.ssh, no agent")
    stranger = tmp_path / "stranger"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(stranger))
    stranger.chmod(0o600)
    with agent_with(stranger, tmp_path) as path:
        monkeypatch.setenv("SSH_AUTH_SOCK", path)
        told = await refused(at(server, identities=()), Person(), tmp_path / "state")
    assert "; 1 key was offered and refused: " in told.sentence and " of the agent" in told.sentence


async def test_a_passphrase_that_nobody_gives(server: Sshd, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    key = asyncssh.read_private_key(str(server.client_key))
    locked.write_bytes(key.export_private_key(passphrase="sesame", rounds=1, ignore_few_rounds=True))
    told = await refused(at(server, identities=(str(locked),)), Person(), tmp_path / "state")
    assert f"permission denied: no passphrase was given for {locked};" in told.sentence


async def test_more_keys_than_the_server_has_patience_for(tmp_path: Path) -> None:
    strangers = []
    for number in range(4):
        path = tmp_path / f"stranger{number}"
        asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(path))
        strangers.append(str(path))
    with sshd(tmp_path / "strict", "MaxAuthTries 2") as strict:
        told = await refused(at(strict, identities=tuple(strangers)), Person(), tmp_path / "state")
    assert "too many authentication failures: each of 4 keys is one" in told.sentence


async def test_a_user_who_may_not_log_in(tmp_path: Path) -> None:
    with sshd(tmp_path / "closed", "PermitRootLogin no", "DenyUsers *") as closed:
        told = await refused(at(closed), Person(), tmp_path / "state")
    assert "permission denied" in told.sentence
    assert ("PermitRootLogin may be off there" in told.sentence) == (ME == "root")


async def test_no_common_algorithm(tmp_path: Path) -> None:
    with sshd(tmp_path / "odd", "KexAlgorithms curve25519-sha256") as odd:
        config = tmp_path / "config"
        config.write_text("KexAlgorithms ecdh-sha2-nistp256\n")
        told = await refused(at(odd, config_files=(str(config),)), Person(), tmp_path / "state")
    assert told.exit_code == 3
    assert "no common" in told.sentence


async def test_a_chain_of_jump_hosts_each_by_its_name(server: Sshd, tmp_path: Path) -> None:
    with sshd(tmp_path / "second") as second, sshd(tmp_path / "third") as third:
        for other in (second, third):
            other.let_in(server.client_key)
        person = Person()
        target = Target(
            "127.0.0.1",
            ME,
            third.port,
            jumps=(hop(server), hop(second)),
            identities=(str(server.client_key),),
            config_files=(),
        )
        async with connected(target, person, tmp_path / "state") as connection:
            assert [key.hop for key in person.keys] == [
                "jump host 127.0.0.1",
                "jump host 127.0.0.1",
                "appliance 127.0.0.1",
            ]
            assert [key.port for key in person.keys] == [server.port, second.port, third.port]
            assert connection.via == (str(hop(server)), str(hop(second)))
            ran = await connection.run("echo $SSH_CONNECTION", seconds=10, limit=1000)
            assert ran.out.split()[-1] == str(third.port).encode()


async def test_the_configuration_leads_through_its_proxyjump(server: Sshd, tmp_path: Path) -> None:
    known = tmp_path / "known"
    known.write_text(server.known_hosts_line)
    config = tmp_path / "config"
    config.write_text(
        f"Host outer inner\n HostName 127.0.0.1\n Port {server.port}\n User {ME}\n IdentityFile {server.client_key}\n"
        f" UserKnownHostsFile {known}\nHost inner\n ProxyJump outer\n RemoteCommand false\n"
    )
    target = Target("inner", config_files=(str(config),))
    async with connected(target, NeverAsk(), tmp_path / "state") as connection:
        assert (await connection.run("echo hello", seconds=10, limit=100)).out == b"hello\n"
        assert connection.jump_name == "outer"


async def test_a_proxycommand_leads_there_too(server: Sshd, tmp_path: Path) -> None:
    bridge = (
        "import socket, sys, threading, os\n"
        "s = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n"
        "def back():\n"
        "    while data := s.recv(65536): os.write(1, data)\n"
        "threading.Thread(target=back, daemon=True).start()\n"
        "while data := os.read(0, 65536): s.sendall(data)\n"
    )
    (tmp_path / "bridge.py").write_text(bridge)
    config = tmp_path / "config"
    config.write_text(f"ProxyCommand {sys.executable} {tmp_path}/bridge.py 127.0.0.1 %p\n")
    target = Target(
        "only.the.proxy.knows", ME, server.port, identities=(str(server.client_key),), config_files=(str(config),)
    )
    async with connected(target, Person(), tmp_path / "state") as connection:
        assert (await connection.run("echo hello", seconds=10, limit=100)).out == b"hello\n"


@pytest.mark.parametrize("word", ["Yes", "true"])
async def test_strict_checking_asks_nobody_about_an_unknown_key(server: Sshd, tmp_path: Path, word: str) -> None:
    config = tmp_path / "config"
    config.write_text(f"Host 127.0.0.1\n  StrictHostKeyChecking {word}\n  UserKnownHostsFile {tmp_path}/none\n")
    person = Person()
    target = Target("127.0.0.1", ME, server.port, identities=(str(server.client_key),), config_files=(str(config),))
    told = await refused(target, person, tmp_path / "state")
    assert told.exit_code == 3 and "StrictHostKeyChecking yes" in told.sentence
    assert not person.keys and not (tmp_path / "state" / "known_hosts").exists()
    shown = frozenset({fingerprint(server.host_key)})
    async with connected(replace(target, accept_host_keys=shown), NeverAsk(), tmp_path / "state"):
        pass


async def test_accept_new_takes_an_unknown_key_and_says_so_but_no_changed_one(server: Sshd, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(f"StrictHostKeyChecking accept-new\nUserKnownHostsFile {tmp_path}/none\n")
    person = Person(trusting=False)
    target = at(server, config_files=(str(config),))
    for _ in range(2):
        async with connected(target, person, tmp_path / "state"):
            pass
    assert [key.fingerprint for key in person.accepted] == [fingerprint(server.host_key)] and not person.keys
    known = tmp_path / "state" / "known_hosts"
    other = asyncssh.generate_private_key("ssh-ed25519").convert_to_public()
    known.write_text(f"[127.0.0.1]:{server.port} {other.export_public_key().decode()}")
    assert "THE HOST KEY HAS CHANGED" in (await refused(target, person, tmp_path / "state")).sentence


async def test_no_checking_at_all_is_not_obeyed(server: Sshd, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(f"StrictHostKeyChecking no\nUserKnownHostsFile {tmp_path}/none\n")
    person = Person(trusting=False)
    await refused(at(server, config_files=(str(config),)), person, tmp_path / "state")
    assert len(person.keys) == 1


@pytest.mark.parametrize("how", ["plain", "encrypted", "agent"])
async def test_a_certificate_of_the_configuration_goes_with_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """As ssh does it: the server trusts whoever the authority signed, and knows no key by itself."""
    authority, mine = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    authority.write_public_key(str(tmp_path / "authority.pub"))
    mine.write_private_key(str(tmp_path / "mine"), passphrase="open" if how == "encrypted" else None)
    (tmp_path / "mine").chmod(0o600)
    mine.write_public_key(str(tmp_path / "mine.pub"))
    signed = authority.generate_user_certificate(mine, "me", principals=[ME])
    signed.write_certificate(str(tmp_path / "signed"))
    config = tmp_path / "config"
    config.write_text(f"IdentityFile {tmp_path}/mine\nCertificateFile {tmp_path}/signed\n")
    settings = (f"TrustedUserCAKeys {tmp_path}/authority.pub", "AuthorizedKeysFile none")
    with sshd(tmp_path / "sshd", *settings) as server, contextlib.ExitStack() as running:
        if how == "agent":
            monkeypatch.setenv("SSH_AUTH_SOCK", running.enter_context(agent_with(tmp_path / "mine", tmp_path)))
            config.write_text(f"CertificateFile {tmp_path}/signed\n")
        target = at(server, identities=(), config_files=(str(config),))
        async with connected(target, Person(answers={"passphrase": "open"}), tmp_path / "state") as connection:
            assert (await connection.run("echo in", seconds=10, limit=10)).out == b"in\n"


async def test_the_pinned_way_reads_and_writes_nothing(server: Sshd, tmp_path: Path) -> None:
    key = asyncssh.read_private_key(str(server.client_key))
    name = f"10.9.8.7 {server.host_key.export_public_key().decode()}"
    dial = {("10.9.8.7", 22): ("127.0.0.1", server.port)}
    target = Target("10.9.8.7", ME, 22, pinned=Pinned((key,), name, dial))
    async with connected(target, NeverAsk(), tmp_path / "state"):
        pass
    assert not (tmp_path / "state").exists()
    strange = Pinned((key,), "", dial)
    told = await refused(Target("10.9.8.7", ME, 22, pinned=strange), NeverAsk(), tmp_path / "state")
    assert "not known" in told.sentence


async def test_a_jump_host_that_does_not_forward_is_named_with_the_setting(server: Sshd, tmp_path: Path) -> None:
    with sshd(tmp_path / "closed", "AllowTcpForwarding no") as closed:
        target = at(server, jumps=(hop(closed),), identities=(str(server.client_key), str(closed.client_key)))
        told = await refused(target, Person(), tmp_path / "state")
        assert told.exit_code == 3
        assert "jump host 127.0.0.1 does not forward" in told.sentence
        assert "AllowTcpForwarding" in told.sentence


async def test_an_appliance_that_refuses_behind_a_jump_host(server: Sshd, tmp_path: Path) -> None:
    target = Target("127.0.0.1", ME, 1, jumps=(hop(server),), identities=(str(server.client_key),), config_files=())
    told = await refused(target, Person(), tmp_path / "state")
    assert "Connection refused, as jump host 127.0.0.1 says: check the port, and that sshd runs" in told.sentence


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (socket.EAI_NONAME, "no such name; check the spelling, or reach it through a jump host: -J"),
        (socket.EAI_AGAIN, "its name cannot be looked up now: Temporary failure in name resolution"),
    ],
)
async def test_a_name_that_leads_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, says: str
) -> None:
    def nowhere(*args: object, **more: object) -> None:
        raise socket.gaierror(number, said[number])

    said = {socket.EAI_NONAME: "Name or service not known", socket.EAI_AGAIN: "Temporary failure in name resolution"}
    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    told = await refused(Target("nowhere.invalid", ME, 22, config_files=()), Person(), tmp_path)
    assert told.sentence == f"appliance nowhere.invalid ({ME}@nowhere.invalid:22): {says}"


async def test_a_closed_port_and_what_is_not_ssh(tmp_path: Path) -> None:
    def target(host: str, port: int) -> Target:
        return Target(host, ME, port, config_files=())

    told = await refused(target("127.0.0.1", 1), Person(), tmp_path)
    assert told.sentence.startswith(f"appliance 127.0.0.1 ({ME}@127.0.0.1:1): Connection refused: check the port (-p)")

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        writer.close()

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    for serve in (talk, hang_up):
        listener = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with listener:
            told = await refused(target("127.0.0.1", listener.sockets[0].getsockname()[1]), Person(), tmp_path)
        assert told.exit_code == 3
        assert "not SSH" in told.sentence


async def test_a_host_that_connects_and_says_nothing_is_timed_out(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("ConnectTimeout 1\n")
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        target = Target("127.0.0.1", ME, mute.getsockname()[1], config_files=(str(config),))
        told = await refused(target, Person(), tmp_path / "state")
    assert "timed out: connected, but no SSH handshake in 1 s" in told.sentence


async def test_the_jump_connection_outlives_the_appliance(server: Sshd, tmp_path: Path) -> None:
    folder = tmp_path / "appliance"
    with sshd(folder) as appliance:
        port = appliance.port
        target = at(appliance, jumps=(hop(server),), identities=(str(server.client_key), str(appliance.client_key)))
        person = Person()
        connection = await connect(target, person, tmp_path / "state")
        assert not connection.lost.is_set()
    try:
        # The listener is gone; the session's own process dies by hand, as it does in a reboot.
        ended = asyncio.create_task(connection.lost.wait())
        await connection.drop_appliance()
        await asyncio.wait_for(ended, 5)
        assert connection.lost.is_set()
        assert connection.is_up(Vantage.JUMP)
        assert not connection.is_up(Vantage.APPLIANCE)
        assert (await connection.run("true", seconds=5, limit=10)).code is None
        with pytest.raises(Refusal, match="Connection refused"):
            await connection.reconnect()
        with sshd(folder, port=port):
            await connection.reconnect()
            assert (await connection.run("echo back", seconds=10, limit=100)).out == b"back\n"
            await connection.drop_appliance()
        (folder / "host_key").unlink()
        with sshd(folder, port=port) as other:
            with pytest.raises(HostKeyChanged, match="THE HOST KEY HAS CHANGED") as told:
                await connection.reconnect()
            (changed,) = person.changed
            assert changed.fingerprint == fingerprint(other.host_key)
            assert changed.known == (fingerprint(appliance.host_key),)
            assert all(one in told.value.sentence for one in (changed.fingerprint, *changed.known, changed.remove))
            assert told.value.final and told.value.code == "key-changed" and changed.remove.startswith("ssh-keygen -R ")
        stream = await connection.open(Vantage.JUMP, "127.0.0.1", server.port)
        assert (await stream.read()).startswith(b"SSH-2.0")
        stream.close()
    finally:
        await connection.close()


async def test_probes_can_start_before_the_login_and_go_on_when_it_fails(server: Sshd, tmp_path: Path) -> None:
    target = Target("127.0.0.1", ME, 1, jumps=(hop(server),), identities=(str(server.client_key),), config_files=())
    connection = await connect_jumps(target, Person(), tmp_path / "state")
    try:
        assert connection.is_up(Vantage.JUMP)
        with pytest.raises(Refusal):
            await connection.log_in()
        assert connection.is_up(Vantage.JUMP)
    finally:
        await connection.close()
    assert not connection.is_up(Vantage.JUMP)


async def test_a_killed_server_is_noticed(tmp_path: Path) -> None:
    with sshd(tmp_path / "a") as server:
        async with connected(at(server), Person(), tmp_path / "state") as connection:
            lost = connection.lost
            pid = int((await connection.run("echo $PPID", seconds=10, limit=100)).out)
            os.kill(pid, signal.SIGKILL)
            await asyncio.wait_for(lost.wait(), 5)
            assert not connection.is_up(Vantage.APPLIANCE)


async def test_a_configuration_that_vanished_is_named(server: Sshd, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("LogLevel ERROR\n")
    connection = await connect(at(server, config_files=(str(config),)), Person(), tmp_path / "state")
    await connection.drop_appliance()
    config.unlink()
    with pytest.raises(Refusal, match=f"{config}: No such file") as told:
        await connection.reconnect()
    assert "not SSH" not in told.value.sentence
    await connection.close()


async def test_following_a_connection_that_is_gone_ends_quietly(server: Sshd, tmp_path: Path) -> None:
    connection = await connect(at(server), Person(), tmp_path / "state")
    conn = connection._opened[-1].conn
    conn.abort()
    await conn.wait_closed()
    assert [change async for change in follow(conn, compose_watch())] == []
    await connection.close()


async def test_a_unix_socket_on_the_appliance(server: Sshd, tmp_path: Path) -> None:
    path = tmp_path / "admin.sock"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"got " + await reader.readline())
        writer.close()

    async with await asyncio.start_unix_server(answer, str(path)), connected(at(server), Person(), tmp_path / "s") as c:
        stream = await c.open_unix(str(path))
        await stream.write(b"show stat\n")
        assert await stream.read() == b"got show stat\n"
        stream.close()


async def test_giving_up_while_asked_leaves_no_thread_and_no_connection(server: Sshd, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    key = asyncssh.read_private_key(str(server.client_key))
    locked.write_bytes(key.export_private_key(passphrase="sesame", rounds=1, ignore_few_rounds=True))
    asked = asyncio.Event()

    class Slow(Person):
        async def secret(self, question: object) -> str | None:
            asked.set()
            await asyncio.Event().wait()
            return None

    trying = asyncio.create_task(connect(at(server, identities=(str(locked),)), Slow(), tmp_path / "state"))
    await asyncio.wait_for(asked.wait(), 10)
    trying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(trying, 5)
    # An executor thread that still waited would block this.
    await asyncio.wait_for(asyncio.get_running_loop().shutdown_default_executor(), 5)


async def test_no_agent_is_lent_and_no_port_opened_whatever_the_configuration_says(
    server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with agent_with(server.client_key, tmp_path) as agent, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        monkeypatch.setenv("SSH_AUTH_SOCK", agent)
        config = tmp_path / "config"
        config.write_text(
            f"Host *\n  ForwardAgent yes\n  ForwardX11 yes\n  LocalForward {port} 127.0.0.1:22\n"
            f"  RemoteForward {port} 127.0.0.1:22\n  DynamicForward {port}\n  ControlMaster yes\n"
            f"  ControlPath {tmp_path}/control\n  RemoteCommand echo no\n"
        )
        target = at(server, config_files=(str(config),))
        async with connected(target, Person(), tmp_path) as connection:
            script = 'echo "${SSH_AUTH_SOCK-no agent} ${DISPLAY-no display}"'
            assert (await connection.run(script, seconds=5, limit=1000)).out == b"no agent no display\n"
            with pytest.raises(OSError):
                await asyncio.open_connection("127.0.0.1", port)
    assert not (tmp_path / "control").exists()
