"""Passwords and one-time codes as a real sshd and a real PAM ask for them."""

from __future__ import annotations

import getpass
from pathlib import Path

import pytest

from checks.prompts import Secret
from checks.refusal import Refusal
from checks.sources.connection import Connection, connect
from checks.sources.target import Place, Target
from tests.required import needs
from tests.sources.askers import Person
from tests.sources.pam import PASSWORD, code, pam_service, why_no_pam
from tests.sources.sshd import Sshd, sshd

pytestmark = needs(why_no_pam())
ME = getpass.getuser()
_PAM = ("UsePAM yes", "PermitRootLogin yes", "PubkeyAuthentication no")
BY_PASSWORD = (*_PAM, "PasswordAuthentication yes")
BY_QUESTIONS = (*_PAM, "KbdInteractiveAuthentication yes")


def at(server: Sshd, **more: object) -> Target:
    return Target("127.0.0.1", ME, server.port, config_files=(), **more)  # type: ignore[arg-type]


async def greeted(connection: Connection) -> bool:
    return (await connection.run("echo in", seconds=20, limit=10)).out == b"in\n"


@pytest.mark.parametrize("settings", [BY_PASSWORD, BY_QUESTIONS], ids=["password", "keyboard-interactive"])
async def test_a_password_is_asked_for_once_and_serves_for_coming_back(
    tmp_path: Path, settings: tuple[str, ...]
) -> None:
    person = Person(answers={"password": PASSWORD})
    with pam_service(tmp_path / "pam") as program, sshd(tmp_path / "sshd", *settings, program=program) as server:
        connection = await connect(at(server), person, tmp_path / "state")
        assert await greeted(connection)
        await connection.reconnect()
        assert await greeted(connection)
        await connection.close()
    assert [question.kind for question in person.questions] == ["password"]
    assert (tmp_path / "pam" / "passwords").read_text().splitlines() == [PASSWORD] * 2


@pytest.mark.parametrize("settings", [BY_PASSWORD, BY_QUESTIONS], ids=["password", "keyboard-interactive"])
async def test_one_wrong_password_ends_it(tmp_path: Path, settings: tuple[str, ...]) -> None:
    person = Person(answers={"password": "wrong"})
    with (
        pam_service(tmp_path / "pam") as program,
        sshd(tmp_path / "sshd", *settings, program=program) as server,
        pytest.raises(Refusal, match="permission denied: the password was refused") as told,
    ):
        await connect(at(server), person, tmp_path / "state")
    assert told.value.final and len(person.questions) == 1
    assert (tmp_path / "pam" / "passwords").read_text().splitlines() == ["wrong"]


async def test_a_jump_host_that_asks_for_a_code_gets_a_new_one_each_time(tmp_path: Path) -> None:
    number = iter(range(9))

    def answer(question: Secret) -> str | None:
        return PASSWORD if question.kind == "password" else code(next(number))

    person = Person(answers=answer)
    with (
        pam_service(tmp_path / "pam", codes=True) as program,
        sshd(tmp_path / "jump", *BY_QUESTIONS, program=program) as jump,
        sshd(tmp_path / "appliance") as appliance,
    ):
        key = (str(appliance.client_key),)
        target = at(appliance, jumps=(Place("127.0.0.1", ME, jump.port),), identities=key)
        connection = await connect(target, person, tmp_path / "state")
        assert await greeted(connection)
        await connection.reconnect()
        assert await greeted(connection)
        assert [question.kind for question in person.questions] == ["password", "code"], "the jump host stayed"
        opened = connection._opened[0]
        opened.conn.abort()
        await opened.lost.wait()
        await connection.reconnect()
        assert await greeted(connection)
        await connection.close()
    assert [question.kind for question in person.questions] == ["password", "code", "code"]
    assert all(question.hop == "jump host 127.0.0.1" for question in person.questions)
    assert person.questions[1].prompt.strip().endswith(f"One-time password (OATH) for `{ME}':")


async def test_a_wrong_code_ends_it_and_the_password_goes_to_no_other_question(tmp_path: Path) -> None:
    person = Person(answers={"password": PASSWORD, "code": "000000"})
    with (
        pam_service(tmp_path / "pam", codes=True) as program,
        sshd(tmp_path / "sshd", *BY_QUESTIONS, program=program) as server,
        pytest.raises(Refusal, match="permission denied: an answer was refused"),
    ):
        await connect(at(server), person, tmp_path / "state")
    assert [question.kind for question in person.questions] == ["password", "code"]
