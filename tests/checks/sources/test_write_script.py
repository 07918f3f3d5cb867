"""The script that writes, under real shells on real files: the old bytes or the new ones, whatever happens."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.sources.write_script import LOCK, WriteRequest, compose_write, read_written, recognise_write
from checks.transaction import WriteResult, Written
from tests.checks.sources.shells import SHELLS, run
from tests.required import missing

NONCE = "0123456789abcdef0123456789abcdef"
OLD = b"# ranges\n10.10.18.18/28\n"
NEW = b"# ranges\n10.10.18.16/28\n"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def script(request: WriteRequest, lock: Path) -> str:
    """The composed text, with its lock in a place of the test's own."""
    text = compose_write(request, NONCE)
    assert text.count(f"L={LOCK}\n") == 1
    return text.replace(f"L={LOCK}\n", f"L={lock}\n")


class Place:
    """A file to be changed, its backup and its lock."""

    def __init__(self, root: Path, name: str = "anyip-routes.cfg") -> None:
        self.file, self.backup, self.lock = root / name, root / f"{name}.noroute-1", root / "lock"
        self.file.write_bytes(OLD)
        self.page = root / "journal"
        self.page.write_bytes(b"page\n")
        self.fence = ("anna@desk 4711", str(self.page), sha256(b"page\n"))

    def request(self, after: bytes = NEW, before: bytes = OLD) -> WriteRequest:
        return WriteRequest(str(self.file), str(self.backup), sha256(before), after, *self.fence)

    def write(self, shell: list[str], after: bytes = NEW, before: bytes = OLD) -> Written:
        return read_written(run(shell, script(self.request(after, before), self.lock)), NONCE)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.mark.parametrize("shell", SHELLS)
class TestUnderShells:
    def test_it_writes_in_place_with_a_backup(self, shell: list[str], place: Place) -> None:
        place.file.chmod(0o640)
        before = place.file.stat()
        written = place.write(shell)
        after = place.file.stat()
        assert written == Written(WriteResult.WRITTEN, "", before.st_ino, True)
        assert place.file.read_bytes() == NEW and place.backup.read_bytes() == OLD
        assert (after.st_ino, after.st_mode, after.st_uid) == (before.st_ino, before.st_mode, before.st_uid)
        copy = place.backup.stat()
        assert (stat.S_IMODE(copy.st_mode), copy.st_mtime_ns // 10**9) == (0o640, before.st_mtime_ns // 10**9)
        assert not place.lock.exists()

    @pytest.mark.parametrize(
        ("before", "after"),
        [(OLD, b""), (b"", NEW), (OLD, OLD * 400), (OLD * 400, b"x"), (b"\0\r\n\xff", b"\xfe\0\n\n"), (OLD, NEW[:-1])],
        ids=["to empty", "from empty", "longer", "shorter", "binary", "no newline"],
    )
    def test_any_bytes_by_any_bytes(self, shell: list[str], place: Place, before: bytes, after: bytes) -> None:
        place.file.write_bytes(before)
        assert place.write(shell, after, before).result is WriteResult.WRITTEN
        assert place.file.read_bytes() == after and place.backup.read_bytes() == before

    def test_a_file_that_changed_meanwhile_is_left_alone(self, shell: list[str], place: Place) -> None:
        place.file.write_bytes(OLD + b"10.10.18.64/28\n")
        assert place.write(shell) == Written(WriteResult.CHANGED)
        assert place.file.read_bytes() == OLD + b"10.10.18.64/28\n"
        assert not place.backup.exists() and not place.lock.exists()

    def test_a_file_that_is_gone_is_not_made(self, shell: list[str], place: Place) -> None:
        place.file.unlink()
        assert place.write(shell) == Written(WriteResult.CHANGED)
        assert not place.file.exists() and not place.backup.exists()

    def test_a_backup_of_that_name_is_never_overwritten(self, shell: list[str], place: Place) -> None:
        place.backup.write_bytes(b"precious")
        assert place.write(shell) == Written(WriteResult.NO_BACKUP)
        assert (place.file.read_bytes(), place.backup.read_bytes()) == (OLD, b"precious")
        assert not place.lock.exists()

    def test_a_page_that_was_turned_meanwhile_ends_it(self, shell: list[str], place: Place) -> None:
        """As for a script that begins after its fix was given up, or that somebody else's fix has overtaken."""
        for later in (b"another page\n", None):
            if later is None:
                place.page.unlink()
            else:
                place.page.write_bytes(later)
            assert place.write(shell) == Written(WriteResult.SUPERSEDED)
            assert place.file.read_bytes() == OLD and not place.backup.exists() and not place.lock.exists()

    @pytest.mark.parametrize("what", ["edited", "superseded"])
    def test_what_changes_after_the_backup_is_seen(self, shell: list[str], place: Place, what: str) -> None:
        edit = 'echo 10.10.18.64/28 >>"$F"\n' if what == "edited" else 'echo later >"$J"\n'
        text = script(place.request(), place.lock).replace("mine || end locked\n", f"{edit}mine || end locked\n")
        written = read_written(run(shell, text), NONCE)
        assert written.result is (WriteResult.CHANGED if what == "edited" else WriteResult.SUPERSEDED)
        assert place.file.read_bytes() == OLD + (b"10.10.18.64/28\n" if what == "edited" else b"")
        assert not place.backup.exists() and not place.lock.exists()

    @pytest.mark.parametrize(("before", "after"), [(OLD * 4, NEW), (OLD, NEW * 4)], ids=["shorter", "longer"])
    def test_a_link_is_followed_to_its_file(self, shell: list[str], place: Place, before: bytes, after: bytes) -> None:
        real = place.file.with_name("elsewhere.cfg")
        place.file.rename(real)
        real.write_bytes(before)
        place.file.symlink_to(real)
        inode = real.stat().st_ino
        assert place.write(shell, after, before) == Written(WriteResult.WRITTEN, "", inode, True)
        assert place.file.is_symlink() and real.read_bytes() == after and real.stat().st_ino == inode
        assert place.backup.read_bytes() == before and not place.backup.is_symlink()

    @pytest.mark.parametrize("what", ["folder", "pipe", "link to a folder"])
    def test_what_is_no_file_is_refused_before_the_backup(self, shell: list[str], place: Place, what: str) -> None:
        place.file.unlink()
        if what == "pipe":
            os.mkfifo(place.file)
        elif what == "folder":
            place.file.mkdir()
        else:
            place.file.symlink_to(place.file.parent)
        assert place.write(shell) == Written(WriteResult.NOT_A_FILE)
        assert not place.backup.exists() and not place.lock.exists()

    def test_a_held_lock_names_its_holder(self, shell: list[str], place: Place) -> None:
        place.lock.mkdir()
        (place.lock / "owner").write_text("otto@laptop 12\n")
        written = place.write(shell)
        assert written.result is WriteResult.LOCKED and re.fullmatch(r"otto@laptop 12, for \d+ s", written.said)
        assert place.file.read_bytes() == OLD and place.lock.exists() and not place.backup.exists()

    @pytest.mark.parametrize("mark", ["999999 1", f"{os.getpid()} 1", ""], ids=["gone", "number used again", "none"])
    def test_a_lock_whose_process_is_gone_is_broken_and_that_is_said(
        self, shell: list[str], place: Place, mark: str
    ) -> None:
        place.lock.mkdir()
        (place.lock / "owner").write_text("otto@laptop 12\n")
        (place.lock / "pid").write_text(mark and f"{mark}\n")
        written = place.write(shell)
        if mark:
            assert (written.result, written.broke) == (WriteResult.WRITTEN, "otto@laptop 12")
            assert not place.lock.exists() and place.file.read_bytes() == NEW
        else:
            assert written.result is WriteResult.LOCKED and place.lock.exists()

    def test_a_lock_whose_process_lives_is_held_whatever_the_clock_says(self, shell: list[str], place: Place) -> None:
        born = Path(f"/proc/{os.getpid()}/stat").read_text().rpartition(")")[2].split()[19]
        place.lock.mkdir()
        (place.lock / "pid").write_text(f"{os.getpid()} {born}\n")
        os.utime(place.lock, (1, 1))
        written = place.write(shell)
        assert written.result is WriteResult.LOCKED and written.said.startswith("somebody who left no name, for ")
        assert place.file.read_bytes() == OLD

    def test_a_lock_that_was_left_behind_is_taken_over(self, shell: list[str], place: Place) -> None:
        place.lock.mkdir()
        (place.lock / "owner").write_text("gone\n")
        os.utime(place.lock, (1, 1))
        assert place.write(shell).result is WriteResult.WRITTEN
        assert not place.lock.exists()

    def test_nothing_to_change_writes_nothing(self, shell: list[str], place: Place) -> None:
        before = place.file.stat()
        written = place.write(shell, OLD)
        assert written == Written(WriteResult.WRITTEN, "", before.st_ino, False)
        assert place.file.stat().st_mtime_ns == before.st_mtime_ns and not place.backup.exists()

    @pytest.mark.parametrize("name", ['it\'s a "file".cfg', "$HOME `id` ;x.cfg", "back\\slash.cfg", "-n.cfg"])
    def test_odd_names(self, shell: list[str], tmp_path: Path, name: str) -> None:
        place = Place(tmp_path, name)
        assert place.write(shell).result is WriteResult.WRITTEN
        assert place.file.read_bytes() == NEW and place.backup.read_bytes() == OLD

    def test_a_reader_that_is_gone_does_not_stop_it(self, shell: list[str], place: Place) -> None:
        source, sink = os.pipe()
        os.close(source)
        process = subprocess.Popen([*shell, "-c", script(place.request(), place.lock)], stdout=sink, stderr=sink)
        os.close(sink)
        process.wait(20)
        assert place.file.read_bytes() == NEW and place.backup.read_bytes() == OLD and not place.lock.exists()

    def test_signals_in_the_middle_do_not_stop_it(self, shell: list[str], place: Place, tmp_path: Path) -> None:
        """Held in the middle by a pipe that stands for a slow disk, then sent everything that can be ignored."""
        gate = tmp_path / "gate"
        os.mkfifo(gate)
        text = script(place.request(), place.lock).replace('say "backup $B"\n', f'say "backup $B"\ncat {gate}\n')
        process = subprocess.Popen(
            [*shell, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
        with gate.open("wb"):  # opens once the script has come to it
            for name in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGPIPE):
                os.kill(process.pid, name)
                os.killpg(process.pid, name)
            assert place.backup.read_bytes() == OLD and place.file.read_bytes() == OLD
        out, _ = process.communicate(timeout=20)
        assert read_written(out, NONCE).result is WriteResult.WRITTEN
        assert place.file.read_bytes() == NEW and not place.lock.exists()


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for a page or two."""
    root = tmp_path / "tiny"
    root.mkdir()
    if os.geteuid() != 0:
        missing("only root can mount a small tmpfs")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(root)], capture_output=True, check=False
    )
    if mounted.returncode:
        missing(f"no tmpfs can be mounted here: {mounted.stderr.decode(errors='replace').strip()}")
    yield root
    subprocess.run(["umount", str(root)], check=True)


@pytest.mark.parametrize("shell", SHELLS)
def test_no_room_for_the_new_bytes(shell: list[str], place: Place, tiny: Path) -> None:
    place.lock = tiny / "lock"
    assert place.write(shell, os.urandom(60_000)) == Written(WriteResult.NO_ROOM)
    assert place.file.read_bytes() == OLD and not place.backup.exists() and not place.lock.exists()


@pytest.mark.parametrize("shell", SHELLS)
def test_no_room_for_the_backup(shell: list[str], tiny: Path, tmp_path: Path) -> None:
    place = Place(tiny)
    place.lock = tmp_path / "lock"
    big = os.urandom(10_000)
    place.file.write_bytes(big)
    assert place.write(shell, NEW, big) == Written(WriteResult.NO_BACKUP)
    assert place.file.read_bytes() == big and not place.backup.exists() and not place.lock.exists()


@pytest.mark.parametrize("shell", SHELLS)
def test_no_room_while_writing_brings_the_old_bytes_back(shell: list[str], tiny: Path, tmp_path: Path) -> None:
    place = Place(tiny)
    place.lock, place.backup = tmp_path / "lock", tmp_path / "backup"
    (tiny / "filler").write_bytes(b"x" * 8_000)
    assert place.write(shell, os.urandom(30_000)) == Written(WriteResult.RESTORED, backup=True)
    assert place.file.read_bytes() == OLD and not place.lock.exists()


PRINTABLE = st.text(st.characters(categories=["L", "N", "P", "S"], include_characters=" "), min_size=1, max_size=30)


@given(PRINTABLE, PRINTABLE, PRINTABLE, st.binary(max_size=60), st.binary(max_size=8))
def test_a_script_is_recognised_as_its_request(path: str, backup: str, owner: str, after: bytes, old: bytes) -> None:
    request = WriteRequest("/" + path, "/" + backup, sha256(old), after, owner, backup, sha256(after))
    text = compose_write(request, NONCE)
    assert recognise_write(text) == request
    assert recognise_write(text + "reboot\n") is None
    assert recognise_write(text.replace("trap ''", "trap : ")) is None


@given(st.text(max_size=300))
def test_no_other_text_is_recognised(text: str) -> None:
    assert recognise_write(text) is None


@pytest.mark.parametrize("bad", ["/etc/x\nreboot", "/etc/\x1b[2J", "a\0b"])
def test_control_characters_are_refused(bad: str) -> None:
    for request in (
        WriteRequest(bad, "/b", "", b"", "o", "", ""),
        WriteRequest("/a", bad, "", b"", "o", "", ""),
        WriteRequest("/a", "/b", "", b"", bad, "", ""),
        WriteRequest("/a", "/b", "", b"", "o", bad, ""),
    ):
        with pytest.raises(ValueError, match="not printable"):
            compose_write(request)


@given(st.binary(max_size=300))
def test_output_that_is_torn_or_strange_is_never_success(junk: bytes) -> None:
    assert read_written(junk, NONCE).result is WriteResult.UNKNOWN


def test_output_torn_anywhere_is_unknown_until_its_last_word() -> None:
    lines = ("backup /etc/x.noroute-1", "inode 4711", "result written", "done")
    whole = b"".join(f"#{NONCE} {line}\n".encode() for line in lines)
    for cut in range(len(whole) - 1):
        assert read_written(whole[:cut], NONCE).result is WriteResult.UNKNOWN
    assert read_written(whole, NONCE) == Written(WriteResult.WRITTEN, "", 4711, True)
    assert read_written(whole, "f" * 32).result is WriteResult.UNKNOWN
    assert read_written(whole.replace(b"result written", b"result perfect"), NONCE).result is WriteResult.UNKNOWN
    assert read_written(whole.replace(b"4711", "²".encode()), NONCE).result is not WriteResult.TORN
