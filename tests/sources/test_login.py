"""What is answered to a server that asks for passwords, codes and changes of a password, and what never is.

The server is asyncssh's own: a test cannot know or set a real account's password.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import asyncssh
import pytest

from checks.evidence.probes import Answer, Kind
from checks.model import Vantage
from checks.prompts import NeverAsk, Secret
from checks.refusal import Refusal
from checks.sources.connection import connect
from checks.sources.dialers import ChannelDialer
from checks.sources.probe import probe
from checks.sources.target import Place, Target
from tests.sources.askers import Person

KEY = asyncssh.generate_private_key("ssh-ed25519")
Challenge = bool | tuple[str, str, str, Sequence[tuple[str, bool]]]
PASSWORD = "correct horse battery"
CODE = "424242"


class Host(asyncssh.SSHServer):
    """Lets PASSWORD in; subclasses change the conversation. ``heard`` is every answer that it was given."""

    heard: ClassVar[list[str]] = []
    kbdint: ClassVar[bool] = False
    banner: ClassVar[str] = ""
    _conn: asyncssh.SSHServerConnection

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._conn = conn

    def begin_auth(self, username: str) -> bool:
        if self.banner:
            self._conn.send_auth_banner(self.banner)
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return not self.kbdint

    def kbdint_auth_supported(self) -> bool:
        return self.kbdint

    def validate_password(self, username: str, password: str) -> bool:
        self.heard.append(password)
        return password == PASSWORD

    async def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Challenge:
        return "", "", "", [("Password: ", False)]

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
        return dest_host == "127.0.0.1"


def run(process: asyncssh.SSHServerProcess[str]) -> None:
    process.stdout.write("done\n")
    process.exit(0)


@asynccontextmanager
async def serving(kind: type[Host], port: int = 0) -> AsyncIterator[int]:
    kind.heard = []
    server = await asyncssh.create_server(kind, "127.0.0.1", port, server_host_keys=[KEY], process_factory=run)
    async with server:
        yield server.get_port()


def target(port: int, password: str | None = None, jumps: tuple[Place, ...] = ()) -> Target:
    return Target("127.0.0.1", "root", port, jumps=jumps, config_files=(), password=password)


async def log_in(where: Target, person: object, state: Path) -> bytes:
    connection = await connect(where, person, state)  # type: ignore[arg-type]
    try:
        return (await connection.run("true", seconds=10, limit=100)).out
    finally:
        await connection.close()


class Asks(Host):
    """The way of PAM: one prompt after the other; the last round is empty."""

    kbdint = True
    prompts: ClassVar[Sequence[tuple[str, bool]]] = (("Password: ", False),)
    right: ClassVar[Sequence[str]] = (PASSWORD,)
    _round = 0

    async def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Challenge:
        self._round = 0
        return "PAM", "", "", [self.prompts[0]]

    async def validate_kbdint_response(self, username: str, responses: Sequence[str]) -> Challenge:
        self.heard.extend(responses)
        if responses and responses[0] != self.right[self._round]:
            return False
        if not responses:
            return True
        self._round += 1
        more = self.prompts[self._round : self._round + 1]
        return "PAM", "", "", list(more)


class AsksForACode(Asks):
    prompts = (("(root@jump) Password: ", False), ("Verification code: ", True))
    right = (PASSWORD, CODE)


class AsksStrangely(Asks):
    prompts = (("Type your secret word: ", False),)


class AsksForANewPassword(Asks):
    prompts = (("Password: ", False), ("Current password: ", False), ("New password: ", False))
    right = (PASSWORD, PASSWORD, PASSWORD)


async def test_a_password_is_asked_for_once_in_the_servers_words(tmp_path: Path) -> None:
    for kind, prompt in ((Host, "root@127.0.0.1's password: "), (Asks, "Password: ")):
        person = Person(answers={"password": PASSWORD})
        async with serving(kind) as port:
            assert await log_in(target(port), person, tmp_path / kind.__name__) == b"done\n"
        (asked,) = person.questions
        assert asked == Secret("appliance 127.0.0.1", "root", prompt, "password")


async def test_one_wrong_password_ends_it(tmp_path: Path) -> None:
    for kind in (Host, Asks):
        person = Person(answers={"password": "wrong"})
        async with serving(kind) as port:
            with pytest.raises(Refusal, match="permission denied: the password was refused;") as refused:
                await log_in(target(port), person, tmp_path / kind.__name__)
        assert kind.heard == ["wrong"]
        assert len(person.questions) == 1
        assert refused.value.exit_code == 3
        assert "PermitRootLogin" in refused.value.sentence


class HasNoQuestions(Host):
    """As sshd with KbdInteractiveAuthentication yes and UsePAM no: that way fails before it asks anything."""

    begun: ClassVar[int] = 0

    def kbdint_auth_supported(self) -> bool:
        return True

    async def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Challenge:
        type(self).begun += 1
        return False


async def test_a_host_that_asks_nothing_is_let_ask_once_and_then_gets_the_password(tmp_path: Path) -> None:
    HasNoQuestions.begun = 0
    async with serving(HasNoQuestions) as port:
        assert await log_in(target(port, PASSWORD), Person(), tmp_path) == b"done\n"
    assert (HasNoQuestions.begun, HasNoQuestions.heard) == (1, [PASSWORD])
    async with serving(HasNoQuestions) as port:
        with pytest.raises(Refusal, match="permission denied: the password was refused"):
            await log_in(target(port, "wrong"), Person(), tmp_path)
    assert HasNoQuestions.begun == 2


def locked_key(tmp_path: Path) -> str:
    key = asyncssh.generate_private_key("ssh-ed25519")
    path = tmp_path / "locked"
    path.write_bytes(key.export_private_key(passphrase="sesame", rounds=1, ignore_few_rounds=True))
    return str(path)


async def test_a_passphrase_in_the_password_file_opens_the_key_and_is_sent_to_nobody(tmp_path: Path) -> None:
    key = locked_key(tmp_path)
    for kind in (Host, Asks):
        async with serving(kind) as port:
            with pytest.raises(Refusal, match="permission denied"):
                await log_in(replace(target(port, "sesame"), identities=(key,)), Person(), tmp_path)
            with pytest.raises(Refusal, match="does not hold its passphrase") as refused:
                await log_in(replace(target(port, "open-says-me"), identities=(key,)), Person(), tmp_path)
            assert refused.value.exit_code == 3
        assert kind.heard == []


async def test_the_password_file_answers_and_nobody_is_asked(tmp_path: Path) -> None:
    for kind in (Host, Asks):
        person = Person()
        async with serving(kind) as port:
            assert await log_in(target(port, PASSWORD), person, tmp_path / kind.__name__) == b"done\n"
        assert person.questions == []


async def test_a_one_time_code_is_asked_for_in_its_own_words_and_is_never_the_password(tmp_path: Path) -> None:
    person = Person(answers={"code": CODE})
    async with serving(AsksForACode) as port:
        assert await log_in(target(port, PASSWORD), person, tmp_path) == b"done\n"
    assert [(asked.prompt, asked.kind, asked.echo) for asked in person.questions] == [
        ("Verification code: ", "code", True)
    ]
    assert AsksForACode.heard == [PASSWORD, CODE]


async def test_an_unknown_prompt_never_gets_the_password(tmp_path: Path) -> None:
    async with serving(AsksStrangely) as port:
        with pytest.raises(Refusal, match="it needs a password"):
            await log_in(target(port, PASSWORD), Person(), tmp_path)
    assert AsksStrangely.heard == []


async def test_the_password_is_for_the_appliance_only(tmp_path: Path) -> None:
    async with serving(Host) as port:
        with pytest.raises(Refusal, match="jump host") as refused:
            await log_in(target(port, PASSWORD, (Place("127.0.0.1", "root", port),)), Person(), tmp_path)
    assert Host.heard == []
    assert "it needs a password" in refused.value.sentence


async def test_an_expired_password_is_named_and_never_changed(tmp_path: Path) -> None:
    async with serving(AsksForANewPassword) as port:
        with pytest.raises(Refusal, match="has expired") as refused:
            await log_in(target(port, PASSWORD), Person(), tmp_path)
    assert refused.value.code == "H01"
    assert "Current password" in refused.value.said
    assert AsksForANewPassword.heard == [PASSWORD]


async def test_an_expired_password_that_only_the_session_tells(tmp_path: Path) -> None:
    def tell(process: asyncssh.SSHServerProcess[str]) -> None:
        process.stderr.write("WARNING: Your password has expired.\nPassword change required but no TTY available.\n")
        process.exit(1)

    server = await asyncssh.create_server(Host, "127.0.0.1", 0, server_host_keys=[KEY], process_factory=tell)
    async with server:
        with pytest.raises(Refusal, match="has expired") as refused:
            await log_in(target(server.get_port(), PASSWORD), Person(), tmp_path)
    assert (refused.value.exit_code, refused.value.code) == (3, "H01")
    assert "Password change required" in refused.value.said


async def test_without_a_terminal_it_says_what_would_help(tmp_path: Path) -> None:
    accept = frozenset({KEY.get_fingerprint("sha256")})
    async with serving(Host) as port:
        where = Target("127.0.0.1", "root", port, config_files=(), accept_host_keys=accept)
        with pytest.raises(Refusal, match="use an agent, a key") as refused:
            await log_in(where, NeverAsk(), tmp_path)
    assert "--password-file" in refused.value.sentence


async def test_a_banner_with_odd_text_is_no_obstacle(tmp_path: Path) -> None:
    class Talks(Host):
        banner = "Welcome \x1b[2J [/b] ü\n"

    async with serving(Talks) as port:
        connection = await connect(target(port, PASSWORD), Person(), tmp_path)
        assert connection.heard == "Welcome \x1b[2J [/b] ü\n"
        await connection.close()


async def test_a_banner_that_speaks_of_new_passwords_is_no_expiry(tmp_path: Path) -> None:
    class Advertises(Host):
        banner = "For a new password see https://portal; passwords expire after 90 days.\n"

    async with serving(Advertises) as port:
        with pytest.raises(Refusal, match="permission denied") as refused:
            await log_in(target(port, "wrong"), Person(), tmp_path)
    assert refused.value.code == "denied" and refused.value.final
    assert refused.value.said.startswith("For a new password")


async def test_a_typed_password_serves_for_coming_back_but_not_after_it_was_refused(tmp_path: Path) -> None:
    person = Person(answers={"password": PASSWORD})
    async with serving(Host) as port:
        connection = await connect(target(port), person, tmp_path)
    # Down, as in the middle of a reboot.
    with pytest.raises(Refusal, match="Connection refused"):
        await connection.reconnect()
    async with serving(Host, port):
        await connection.reconnect()
        assert (await connection.run("true", seconds=10, limit=100)).out == b"done\n"
        await connection.drop_appliance()
    assert len(person.questions) == 1

    class OtherPassword(Host):
        def validate_password(self, username: str, password: str) -> bool:
            return False

    async with serving(OtherPassword, port):
        for _ in range(2):
            with pytest.raises(Refusal, match="permission denied"):
                await connection.reconnect()
    await connection.close()
    assert len(person.questions) == 2


async def test_the_password_is_in_no_exception_log_or_repr(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = "s3cret-Of-The-Site"
    caplog.set_level(logging.DEBUG)
    logging.getLogger("asyncssh").setLevel(logging.DEBUG)
    try:
        for kind in (Host, Asks, AsksStrangely):
            async with serving(kind) as port:
                where = target(port, secret)
                with pytest.raises(Refusal) as refused:
                    await log_in(where, Person(), tmp_path)
            shown = [repr(where), *traceback.format_exception(refused.value), repr(vars(refused.value))]
            assert secret not in "".join(shown)
            assert refused.value.__context__ is None or refused.value.__suppress_context__
    finally:
        logging.getLogger("asyncssh").setLevel(logging.NOTSET)
    assert secret not in caplog.text
    out, err = capfd.readouterr()
    assert secret not in out + err
    assert err == ""


class Tardy(Host):
    """Opens channels only when it is told to, and then talks."""

    release: ClassVar[asyncio.Event]
    closed: ClassVar[asyncio.Event]

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> Any:
        return self._late()

    async def _late(self) -> asyncssh.SSHTCPSession[bytes]:
        await self.release.wait()
        return Talking(self.closed)


class Talking(asyncssh.SSHTCPSession[bytes]):
    def __init__(self, closed: asyncio.Event) -> None:
        self._closed = closed

    def connection_made(self, chan: asyncssh.SSHTCPChannel[bytes]) -> None:
        self._chan = chan

    def session_started(self) -> None:
        self._chan.write(b"SSH-2.0-late\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed.set()


async def test_a_channel_that_opens_too_late_is_closed_and_hurts_nobody(tmp_path: Path) -> None:
    Tardy.release, Tardy.closed = asyncio.Event(), asyncio.Event()
    async with serving(Tardy) as port:
        connection = await connect(target(port, PASSWORD), Person(), tmp_path)
        dialer = ChannelDialer(connection, Vantage.APPLIANCE)
        made = await probe(dialer, "10.0.0.1", 22, Kind.SSH, seconds=0.2)
        assert made.answer is Answer.TIMED_OUT
        Tardy.release.set()
        await asyncio.wait_for(Tardy.closed.wait(), 5)
        assert (await connection.run("true", seconds=10, limit=100)).out == b"done\n"
        assert (await probe(dialer, "10.0.0.1", 22, Kind.SSH, seconds=5)).said == "SSH-2.0-late"
        await connection.close()
