"""A process is told from another of its number, on this machine and on others."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from checks import process_identity
from checks.process_identity import lives, mine


def test_this_process_lives_and_a_dead_one_does_not() -> None:
    assert lives(mine()) is True
    code = "from checks.process_identity import mine; print(mine())"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert said != mine() and lives(said) is False


@pytest.mark.parametrize(
    ("at", "word", "answer"),
    [(0, "0" * 16, None), (1, "another-boot", False), (2, "1", None), (3, "1", False), (4, "1", False), (3, "x", None)],
    ids=[
        "another machine",
        "before a restart",
        "another container",
        "another number",
        "number used again",
        "no number",
    ],
)
def test_each_word_counts(at: int, word: str, answer: bool | None) -> None:
    words = mine().split(" ")
    words[at] = word
    assert lives(" ".join(words)) is answer


@pytest.mark.parametrize("text", ["", "anna@desk 4711", "- - - 1 -", "a b c d e f"])
def test_what_is_none_is_nobody_here(text: str) -> None:
    assert lives(text) is None


def test_where_the_platform_tells_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_identity, "_text", lambda path: "")
    me = mine()
    assert me.split(" ")[1] == "-" and lives(me) is True
    monkeypatch.setattr(os, "kill", lambda number, signal: (_ for _ in ()).throw(ProcessLookupError()))
    assert lives(me) is False
