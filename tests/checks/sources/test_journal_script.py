"""The script that changes noroute's own file: the first one wins, nobody reads half of it, nothing stays."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from checks.sources.journal_script import JournalSwap, compose_swap, recognise_swap
from checks.sources.locked_script import LOCK
from checks.sources.write_script import read_written, recognise_write
from checks.transaction import WriteResult
from tests.checks.sources.shells import SHELLS, run

NONCE = "0123456789abcdef0123456789abcdef"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def swap(shell: list[str], root: Path, before: bytes, after: bytes) -> WriteResult:
    request = JournalSwap(str(root / "journal"), sha256(before), after, "anna@desk 4711")
    text = compose_swap(request, NONCE)
    assert text.count(f"L={LOCK}\n") == 1
    return read_written(run(shell, text.replace(f"L={LOCK}\n", f"L={root / 'lock'}\n")), NONCE).result


@pytest.mark.parametrize("shell", SHELLS)
class TestUnderShells:
    def test_from_nothing_to_nothing(self, shell: list[str], tmp_path: Path) -> None:
        file = tmp_path / "journal"
        assert swap(shell, tmp_path, b"", b"one\n") is WriteResult.WRITTEN and file.read_bytes() == b"one\n"
        assert (
            swap(shell, tmp_path, b"one\n", b"two\0\xff") is WriteResult.WRITTEN and file.read_bytes() == b"two\0\xff"
        )
        assert swap(shell, tmp_path, b"two\0\xff", b"") is WriteResult.WRITTEN
        assert list(tmp_path.iterdir()) == []

    def test_who_expected_something_else_changes_nothing(self, shell: list[str], tmp_path: Path) -> None:
        assert swap(shell, tmp_path, b"one\n", b"two\n") is WriteResult.CHANGED
        assert list(tmp_path.iterdir()) == []
        (tmp_path / "journal").write_bytes(b"other\n")
        assert swap(shell, tmp_path, b"", b"two\n") is WriteResult.CHANGED
        assert (tmp_path / "journal").read_bytes() == b"other\n"

    def test_an_earlier_text_that_is_put_back_keeps_its_time(self, shell: list[str], tmp_path: Path) -> None:
        request = JournalSwap(str(tmp_path / "journal"), sha256(b""), b"earlier\n", "anna@desk 4711", "1600000000")
        run(shell, compose_swap(request, NONCE).replace(f"L={LOCK}\n", f"L={tmp_path / 'lock'}\n"))
        assert (tmp_path / "journal").stat().st_mtime == 1600000000

    def test_no_place_for_it(self, shell: list[str], tmp_path: Path) -> None:
        assert swap(shell, tmp_path / "missing", b"", b"x") is WriteResult.NO_ROOM

    def test_of_many_at_once_one_wins(self, shell: list[str], tmp_path: Path) -> None:
        texts = [
            compose_swap(JournalSwap(str(tmp_path / "journal"), sha256(b""), f"{i}\n".encode(), "o"), f"{i:032x}")
            for i in range(8)
        ]
        running = [
            subprocess.Popen([*shell, "-c", text.replace(f"L={LOCK}\n", f"L={tmp_path / 'lock'}\n")],
                             stdout=subprocess.PIPE)
            for text in texts
        ]  # fmt: skip
        results = [read_written(one.communicate(timeout=20)[0], f"{i:032x}").result for i, one in enumerate(running)]
        (winner,) = [i for i, result in enumerate(results) if result is WriteResult.WRITTEN]
        assert (tmp_path / "journal").read_text() == f"{winner}\n"
        assert {*results} <= {WriteResult.WRITTEN, WriteResult.CHANGED, WriteResult.LOCKED}


def test_it_is_recognised_as_its_request_and_by_a_simulated_appliance_as_a_write() -> None:
    request = JournalSwap("/var/lib/vmware/j'$(x)", sha256(b""), b"text\n", "anna@desk", "1600000000")
    text = compose_swap(request, NONCE)
    assert recognise_swap(text) == request
    assert recognise_swap(text + "reboot\n") is None and recognise_swap("") is None
    write = recognise_write(text)
    assert write is not None and (write.path, write.before_sha256, write.after) == (
        request.path, request.before_sha256, request.after,
    )  # fmt: skip
    assert recognise_write(text + "reboot\n") is None
