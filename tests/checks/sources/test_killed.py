"""The scripts that change an appliance, killed before each command that they run.

Every program is wrapped by one that counts and, when its turn has come, kills the whole session of the shell, as the
appliance's out-of-memory killer or a reset would. What must hold then: the file is whole, unless it was being written;
a backup under its name is whole; and the next run of the script goes through, or says what it found.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from checks.sources.journal_script import JournalSwap, compose_swap
from checks.sources.locked_script import LOCK
from checks.sources.write_script import RestoreRequest, WriteRequest, compose_write, read_written
from checks.transaction import WriteResult
from tests.checks.sources.shells import SHELLS as ALL

SHELLS = [shell for shell in ALL if shell.id != "bash"]  # what an appliance's sh is does not tell dash and bash apart
NONCE = "0123456789abcdef0123456789abcdef"
OLD = b"# ranges\n10.10.18.18/28\n" * 40
NEW = b"# ranges\n10.10.18.16/28\n" * 30
PROGRAMS = ("mkdir", "cat", "date", "stat", "find", "mv", "rm", "sha256sum", "cut", "sync", "base64", "cp", "ln", "dd")
_WRAPPER = """\
#!/bin/sh
n=1; while ! (set -C; : >"$NOROUTE_COUNT/$n") 2>/dev/null; do n=$((n + 1)); done
read -r g <"$NOROUTE_GROUP"
[ "$n" = "$NOROUTE_BEFORE" ] && kill -9 -$g
exec {program} "$@"
"""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wrapper for each program."""
    folder = tmp_path_factory.mktemp("programs")
    for name in PROGRAMS:
        wrapper = folder / name
        real = shutil.which(name if name != "sync" else "true")  # a test need not wait for a disk
        assert real is not None
        wrapper.write_text(_WRAPPER.replace("{program}", real))
        wrapper.chmod(0o755)
    return folder


class Place:
    """One appliance's folder: the file, its copy to restore from, its journal, and a shell that dies."""

    def __init__(self, root: Path, programs: Path, shell: list[str]) -> None:
        root.mkdir()
        self.root, self.programs, self.shell = root, programs, shell
        self.file, self.backup, self.source = root / "x.cfg", root / "x.cfg.noroute-1", root / "x.lkg"
        self.file.write_bytes(OLD)
        self.source.write_bytes(NEW)
        page = root / "page"
        page.write_bytes(b"page\n")
        self.fence = ("anna@desk", str(page), sha256(b"page\n"))

    def run(self, script: str, before: int = 0) -> tuple[WriteResult, int]:
        """The result, and how many programs were begun."""
        count, group = self.root.parent / "count", self.root.parent / "group"
        shutil.rmtree(count, ignore_errors=True)
        count.mkdir()
        text = script.replace(f"L={LOCK}\n", f"L={self.root / 'lock'}\n")
        # The wrappers come first; the script puts the system's own folders behind.
        environment = {"PATH": f"{self.programs}:/usr/bin:/bin", "NOROUTE_COUNT": str(count),
                       "NOROUTE_GROUP": str(group), "NOROUTE_BEFORE": str(before)}  # fmt: skip
        first = f"echo $$ >{group}\n"
        ended = subprocess.run(
            [*self.shell, "-c", first + text], env=environment, capture_output=True, timeout=5, start_new_session=True
        )
        return read_written(ended.stdout, NONCE).result, len(list(count.iterdir()))

    def write(self) -> str:
        return compose_write(WriteRequest(str(self.file), str(self.backup), sha256(OLD), NEW, *self.fence), NONCE)

    def restore(self) -> str:
        request = RestoreRequest(
            str(self.file), str(self.backup), sha256(OLD), str(self.source), sha256(NEW), *self.fence
        )
        return compose_write(request, NONCE)


def places_killed(folder: Path, programs: Path, shell: list[str], kind: str) -> list[Place]:
    """A place for each command before which the script was killed."""
    probe = Place(folder / "probe", programs, shell)
    result, total = probe.run(getattr(probe, kind)())
    assert result is WriteResult.WRITTEN
    if total < 10:
        pytest.skip("this shell runs its own programs, which cannot be wrapped")
    places = []
    for number in range(1, total + 1):
        place = Place(folder / str(number), programs, shell)
        result, _ = place.run(getattr(place, kind)(), number)
        assert result is WriteResult.UNKNOWN
        places.append(place)
    return places


@pytest.mark.parametrize("kind", ["write", "restore"])
@pytest.mark.parametrize("shell", SHELLS)
def test_killed_at_each_command(shell: list[str], programs: Path, tmp_path: Path, kind: str) -> None:
    torn = 0
    for place in places_killed(tmp_path, programs, shell, kind):
        now = place.file.read_bytes()
        assert not place.backup.exists() or place.backup.read_bytes() == OLD, place.root
        assert now == OLD or place.backup.read_bytes() == OLD, f"{place.root}: the old bytes are lost"
        lock = place.root / "lock"
        dead, nameless = (lock / "pid").exists(), lock.exists() and not (lock / "pid").exists()
        assert dead or nameless or not lock.exists()
        # The next run breaks the lock of the dead, and its answer fits the bytes that are there.
        result, _ = place.run(getattr(place, kind)())
        if nameless:
            assert result is WriteResult.LOCKED
        elif now != OLD:
            assert result is WriteResult.CHANGED
        else:
            assert result in (WriteResult.WRITTEN, WriteResult.NO_BACKUP), place.root
        if now not in (OLD, NEW):
            # The cut, then one write of all the new bytes: between the two it is the old file without its tail.
            assert OLD.startswith(now) and len(now) == len(NEW)
            torn += 1
            request = RestoreRequest(
                str(place.file), f"{place.backup}-2", sha256(now), str(place.backup), sha256(OLD), *place.fence
            )
            result, _ = place.run(compose_write(request, NONCE))
            assert result is WriteResult.WRITTEN and place.file.read_bytes() == OLD
    assert torn, "no run was killed inside the write: the test proves nothing"


@pytest.mark.parametrize("shell", SHELLS)
def test_the_journal_is_the_old_one_or_the_new_one(shell: list[str], programs: Path, tmp_path: Path) -> None:
    def text(place: Place, after: bytes) -> str:
        return compose_swap(JournalSwap(str(place.root / "journal"), sha256(b"old\n"), after, "anna@desk"), NONCE)

    def fresh(name: str) -> Place:
        place = Place(tmp_path / name, programs, shell)
        (place.root / "journal").write_bytes(b"old\n")
        return place

    place = fresh("probe")
    result, total = place.run(text(place, b"new\n"))
    assert result is WriteResult.WRITTEN
    if total < 8:
        pytest.skip("this shell runs its own programs, which cannot be wrapped")
    for number in range(1, total + 1):
        place = fresh(str(number))
        place.run(text(place, b"new\n"), number)
        assert (place.root / "journal").read_bytes() in (b"old\n", b"new\n")
