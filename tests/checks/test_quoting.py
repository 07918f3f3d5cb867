"""Nothing that is quoted can be more than one word, and nothing plain can be more than one program."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.quoting import plain, quoted
from tests.checks.sources.shells import SHELLS

PRINTABLE = st.text(max_size=40).filter(lambda text: not text or text.isprintable())


@pytest.mark.parametrize("shell", SHELLS)
@given(st.lists(PRINTABLE, min_size=1, max_size=4))
@settings(max_examples=15, deadline=None)
def test_a_shell_gives_back_what_was_quoted(shell: list[str], words: list[str]) -> None:
    script = "printf '%s\\0' " + " ".join(map(quoted, words))
    ended = subprocess.run([*shell, "-c", script], capture_output=True, check=True)
    assert ended.stdout.decode().split("\0")[:-1] == words


@pytest.mark.parametrize("text", ["a\nb", "\x1b[2J", "a\0b", "\u202e", "\x7f", "a\rb", "\ud800"])
def test_control_characters_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not printable"):
        quoted(text)
    assert not plain(f"echo {text}")


@pytest.mark.parametrize(
    "command",
    [
        "systemctl restart anyip-routes",
        "ip route del local 10.10.18.16/28 dev lo table local",
        "ip rule del priority 32765",
        "chmod 755 /var/lib/vmware/anyiproutectl.sh",
        "sh -c 'cd /etc/haproxy && ./new-cert.sh'",
    ],
)
def test_one_program_with_its_words_is_plain(command: str) -> None:
    assert plain(command)


@pytest.mark.parametrize(
    "command",
    [
        "", " ", "a; b", "a && b", "a | b", "a > /etc/x", "a `b`", "a $(b)", "a $HOME", "a *", "a ~", "a #b", "a\\ b",
        "a 'b", 'a "b"', "a  b", "a b ", "a & b", "(a)", "a {b,c}", "a !b", "a <b", "a\tb", "a\nb",
    ],
)  # fmt: skip
def test_anything_that_a_shell_would_interpret_is_not(command: str) -> None:
    assert not plain(command)


@given(PRINTABLE)
def test_what_is_plain_has_the_words_that_it_seems_to_have(command: str) -> None:
    if plain(command):
        assert shlex.join(shlex.split(command)) == command
