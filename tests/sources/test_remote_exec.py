"""One script over a real sshd: exact bytes, bounds, and every way in which it can go wrong seen for what it is."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.evidence.manifest import Item
from checks.evidence.section import Ending, Reading
from checks.refusal import Refusal
from checks.sources.connection import Connection, connect
from checks.sources.remote_exec import Ran
from checks.sources.script import compose, nonce_of, take_apart
from tests.required import missing
from tests.sources.askers import Person
from tests.sources.sshd import Sshd, needs_sshd, sshd
from tests.sources.test_connecting import at

ODD = b"one\0two\r\nthree \xff\xfe\r no final newline"
NONCE = "ab" * 16


@pytest.fixture
def odd_file(tmp_path: Path) -> Path:
    path = tmp_path / "odd"
    path.write_bytes(ODD)
    return path


@asynccontextmanager
async def appliance(server: Sshd, state: Path) -> AsyncIterator[Connection]:
    connection = await connect(at(server), Person(), state)
    try:
        yield connection
    finally:
        await connection.close()


async def read(connection: Connection, items: tuple[Item, ...], limit: int = 1_000_000) -> tuple[Reading, Ran]:
    script = compose(items)
    ran = await connection.run(script, seconds=20, limit=limit)
    return take_apart(ran.out, nonce_of(script) or "", items), ran


@pytest.mark.parametrize("shell", [("dash",), ("bash",), ("bash", "--posix"), ("busybox", "sh")])
def test_every_shell_keeps_every_byte(shell: tuple[str, ...], odd_file: Path) -> None:
    items = (
        Item("odd", f"cat {odd_file}", "odd"),
        Item("forged", f"echo '#{NONCE} end forged 1 2'; echo '#{NONCE} done 9'; echo '#{NONCE} begin fake'", "forged"),
        Item("empty", "true", "empty"),
        Item("fails", f"cat {odd_file} >&2; exit 7", "fails"),
        Item("cut", "yes", "cut", limit=10),
        Item("fits", "printf 0123456789", "fits", limit=10),
        Item("slow", "echo begun; exec sleep 30", "slow", seconds=1),
        Item("absent", "no-such-command-here", "absent"),
        Item("reads", "cat", "standard input"),
        Item("kills", "kill -9 $$", "kills itself"),
    )
    try:
        done = subprocess.run([*shell, "-c", compose(items, NONCE)], capture_output=True, timeout=30)
    except FileNotFoundError:
        missing(f"{shell[0]} is not installed")
    reading = take_apart(done.stdout, NONCE, items)
    assert reading.complete
    assert set(reading.sections) == {item.name for item in items}
    seen = reading.sections
    assert (seen["odd"].out, seen["odd"].code) == (ODD, 0)
    assert seen["forged"].out.count(NONCE.encode()) == 3
    assert (seen["empty"].out, seen["empty"].ending) == (b"", Ending.EXITED)
    assert (seen["fails"].err, seen["fails"].code) == (ODD, 7)
    assert (seen["cut"].ending, seen["cut"].out) == (Ending.CUT, b"y\n" * 5)
    assert (seen["fits"].ending, seen["fits"].out) == (Ending.EXITED, b"0123456789")
    assert (seen["slow"].ending, seen["slow"].out) == (Ending.TIMED_OUT, b"begun\n")
    assert (seen["absent"].code, seen["absent"].why_not) == (127, "absent: not on the appliance")
    assert (seen["reads"].out, seen["reads"].code) == (b"", 0)
    assert seen["kills"].code == 137


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, tuple[Item, ...]]:
    path = tmp_path_factory.mktemp("whole") / "odd"
    path.write_bytes(ODD * 20)
    items = tuple(Item(f"item{n}", f"cat {path}; echo {n} >&2", "odd") for n in range(4))
    return subprocess.run(["sh", "-c", compose(items, NONCE)], capture_output=True).stdout, items


@given(data=st.data())
@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_output_that_is_cut_anywhere_claims_nothing_that_is_not_whole(
    whole: tuple[bytes, tuple[Item, ...]], data: st.DataObject
) -> None:
    output, items = whole
    end = data.draw(st.integers(0, len(output) - 3))
    full, part = take_apart(output, NONCE, items), take_apart(output[:end], NONCE, items)
    assert full.complete
    assert not part.complete
    for name, section in part.sections.items():
        # How long it took stands last in its frame, and proves nothing.
        assert section.ending is Ending.LOST or replace(section, ms=None) == replace(full.sections[name], ms=None)


@needs_sshd
async def test_bytes_arrive_as_they_are_through_ssh(server: Sshd, tmp_path: Path, odd_file: Path) -> None:
    async with appliance(server, tmp_path / "state") as connection:
        reading, ran = await read(connection, (Item("odd", f"cat {odd_file}", "odd"),))
        assert (ran.code, ran.problem, reading.complete) == (0, "", True)
        assert reading.sections["odd"].out == ODD
        raw = await connection.run(f"cat {odd_file}; cat {odd_file} >&2; exit 3", seconds=10, limit=1000)
        assert (raw.out, raw.err, raw.code) == (ODD, ODD, 3)


@needs_sshd
async def test_what_a_login_shell_prints_is_no_evidence(tmp_path: Path) -> None:
    junk = "printf 'Welcome \\377\\376!\\n#%032d done 1\\n' 0; printf 'noise' >&2"
    with sshd(tmp_path / "noisy", shell_init=junk) as noisy:
        async with appliance(noisy, tmp_path / "state") as connection:
            reading, ran = await read(connection, (Item("id", "echo me", "id"),))
    assert reading.complete
    assert reading.sections["id"].out == b"me\n"
    assert any("login shell printed" in remark for remark in reading.remarks)
    assert b"\xff\xfe" in ran.out


@needs_sshd
async def test_a_connection_that_dies_in_the_middle_is_no_success(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    items = (
        Item("before", "echo $PPID", "before"),
        Item("beside", "echo beside", "beside"),
        # A busy sshd needs its time to pass on what came before.
        Item("during", f"echo half; sleep 2; cat {fifo}", "during", seconds=20),
        Item("after", "echo after", "after"),
    )
    with sshd(tmp_path / "sshd") as server:
        async with appliance(server, tmp_path / "state") as connection:
            daemon = int((await connection.run("echo $PPID", seconds=10, limit=100)).out)
            reading = asyncio.create_task(read(connection, items))
            # Opening the pipe's other end waits until the script has come there.
            writer = await asyncio.to_thread(os.open, fifo, os.O_WRONLY)
            os.kill(daemon, signal.SIGKILL)
            seen, ran = await asyncio.wait_for(reading, 10)
            os.close(writer)
    assert ran.code is None
    assert "connection was lost" in ran.problem
    assert not seen.complete
    assert seen.sections["before"].out
    assert seen.sections["during"].ending is Ending.LOST
    # The second half of the sections waits in the shell for the first.
    assert not {"beside", "after"} & set(seen.sections)
    # Nothing was left for the garbage collector to complain about, over the screen.
    gc.collect()
    assert capfd.readouterr().err == ""
    assert [record for record in caplog.records if record.name == "asyncio"] == []


@needs_sshd
async def test_bounds_in_time_and_size(server: Sshd, tmp_path: Path) -> None:
    async with appliance(server, tmp_path / "state") as connection:
        endless = await connection.run("yes", seconds=10, limit=100_000)
        assert (endless.code, endless.problem, len(endless.out)) == (None, "more than 100000 bytes", 100_000)
        slow = await connection.run("echo begun; exec sleep 30", seconds=1, limit=100)
        assert (slow.code, slow.problem, slow.out) == (None, "no end after 1 s", b"begun\n")
        loud = await connection.run("yes loud | head -c 3000000 >&2", seconds=10, limit=100)
        assert (loud.code, len(loud.err)) == (0, 64_000)
        killed = await connection.run("kill -9 $$", seconds=10, limit=100)
        assert (killed.code, killed.problem) == (128, "")
        assert not connection.lost.is_set()


@needs_sshd
@pytest.mark.parametrize("command", ["yes", "cat /dev/zero", "yes >&2", "cat /dev/urandom & cat /dev/urandom >&2"])
async def test_what_never_stops_sending_takes_bounded_memory(server: Sshd, tmp_path: Path, command: str) -> None:
    async with appliance(server, tmp_path / "state") as connection:
        tracemalloc.start()
        try:
            endless = await connection.run(command, seconds=2, limit=1_000_000)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert endless.code is None and endless.problem
    assert len(endless.out) <= 1_000_000 and len(endless.err) <= 64_000
    # What is kept, and the window of the channel, several times over.
    assert peak < 40_000_000


@needs_sshd
async def test_one_session_is_enough_and_none_is_said_in_words(tmp_path: Path) -> None:
    with sshd(tmp_path / "one", "MaxSessions 1") as one:
        async with appliance(one, tmp_path / "state") as connection:
            for _ in range(3):
                assert (await connection.run("echo hello", seconds=10, limit=100)).out == b"hello\n"
    with sshd(tmp_path / "none", "MaxSessions 0") as none:
        async with appliance(none, tmp_path / "state") as connection:
            with pytest.raises(Refusal, match="MaxSessions") as refused:
                await connection.run("echo hello", seconds=10, limit=100)
            assert refused.value.exit_code == 3


@needs_sshd
async def test_a_big_script_and_a_shell_with_other_quoting(server: Sshd, tmp_path: Path, odd_file: Path) -> None:
    items = tuple(Item(f"item{n}", f"cat {odd_file}", "odd") for n in range(3))
    big = compose(items) + "# " + "x" * 200_000 + "\n"
    async with appliance(server, tmp_path / "state") as connection:
        ran = await connection.run(big, seconds=20, limit=1_000_000)
    reading = take_apart(ran.out, nonce_of(big) or "", items)
    assert (reading.complete, ran.code) == (True, 0)
    assert reading.sections["item2"].out == ODD
    # csh ends a quoted string at the line's end and says so.
    csh = 'case "$SSH_ORIGINAL_COMMAND" in *"\n"*) echo "Unmatched \'." >&2; exit 1;; esac'
    with sshd(tmp_path / "csh", shell_init=csh) as other:
        async with appliance(other, tmp_path / "state2") as connection:
            reading, ran = await read(connection, items)
    assert (reading.complete, ran.code) == (True, 0)
    assert reading.sections["item0"].out == ODD
