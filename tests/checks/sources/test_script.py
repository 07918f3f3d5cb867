"""The script that reads, under real shells, and its output taken apart however it was torn or forged."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.manifest import ITEMS, Item
from checks.evidence.section import Ending, Reading, Section
from checks.sources.script import as_command, compose, nonce_of, recognise, script_of, take_apart
from tests.checks.sources.shells import SHELLS, run

NONCE = "0123456789abcdef0123456789abcdef"
OTHER = "f" * 32


def item(name: str, shell: str, seconds: int = 5, limit: int = 200_000) -> Item:
    return Item(name, shell, name, seconds, limit)


def read(shell: list[str], *items: Item) -> Reading:
    return take_apart(run(shell, compose(items, NONCE)), NONCE, items)


@pytest.mark.parametrize("shell", SHELLS)
class TestUnderShells:
    def test_bytes_arrive_as_they_are(self, shell: list[str]) -> None:
        data = bytes(range(256)) * 3 + b"\r\nno newline at the end"
        octal = "".join(f"\\{byte:03o}" for byte in data)
        reading = read(shell, item("all", f"printf '{octal}'"), item("nothing", ":"), item("newline", "echo"))
        assert reading.complete and reading.remarks == ()
        assert [s.out for s in reading.sections.values()] == [data, b"", b"\n"]

    @pytest.mark.parametrize("code", [0, 1, 2, 126, 127, 255])
    def test_the_exit_code_arrives(self, shell: list[str], code: int) -> None:
        section = read(shell, item("x", f"echo out; echo err >&2; exit {code}")).sections["x"]
        assert (section.ending, section.code, section.out, section.err) == (Ending.EXITED, code, b"out\n", b"err\n")

    def test_a_command_that_is_not_there_is_told_from_one_that_fails(self, shell: list[str]) -> None:
        section = read(shell, item("x", "no-such-command-anywhere --now")).sections["x"]
        assert section.code == 127 and section.why_not == "x: not on the appliance"
        assert b"no-such-command-anywhere" in section.err

    def test_what_takes_too_long_is_timed_out_and_keeps_what_it_said(self, shell: list[str]) -> None:
        reading = read(shell, item("slow", "echo first; exec sleep 30", seconds=1), item("next", "echo after"))
        slow = reading.sections["slow"]
        assert (slow.ending, slow.code, slow.out) == (Ending.TIMED_OUT, None, b"first\n")
        assert slow.ms is not None and 900 <= slow.ms < 2500
        assert reading.sections["next"].out == b"after\n" and reading.complete

    def test_a_code_that_timeout_uses_is_no_timeout_when_it_comes_at_once(self, shell: list[str]) -> None:
        section = read(shell, item("x", "exit 124")).sections["x"]
        assert (section.ending, section.code) == (Ending.EXITED, 124)

    def test_more_than_the_limit_is_cut_and_exactly_the_limit_is_not(self, shell: list[str]) -> None:
        reading = read(
            shell,
            item("more", "printf 12345678901", limit=10),
            item("fits", "printf 1234567890", limit=10),
            item("endless", "yes", limit=1000),
        )
        more, fits, endless = reading.sections.values()
        assert (more.ending, more.out, more.code) == (Ending.CUT, b"1234567890", None)
        assert (fits.ending, fits.out, fits.code) == (Ending.EXITED, b"1234567890", 0)
        assert (endless.ending, len(endless.out)) == (Ending.CUT, 1000)

    def test_much_on_stderr_is_bounded_and_costs_the_command_nothing(self, shell: list[str]) -> None:
        loud = "i=0; while [ $i -lt 3000 ]; do echo 'a line of complaint' >&2; i=$((i+1)); done; echo done; exit 3"
        section = read(shell, item("loud", loud)).sections["loud"]
        assert (section.ending, section.code, section.out) == (Ending.EXITED, 3, b"done\n")
        assert len(section.err) == 2000 and section.err.startswith(b"a line of complaint\n")

    def test_nothing_that_a_command_prints_can_forge_a_section(self, shell: list[str]) -> None:
        forged = [f"#{NONCE} end evil 0 0", f"#{NONCE} begin id", "=0", f"#{NONCE} done 2", f"#{OTHER} done 2"]
        evil = "; ".join(f"echo '{line}'; echo '{line}' >&2" for line in forged)
        reading = read(shell, item("evil", evil), item("id", "echo real"))
        assert reading.complete and reading.remarks == ()
        assert reading.sections["id"].out == b"real\n"
        assert reading.sections["evil"].out.decode().splitlines() == forged

    def test_a_command_cannot_read_the_script_or_write_past_its_section(self, shell: list[str]) -> None:
        reach = f'cat; for fd in 3 4 5 6 7 8 9; do (echo "#{NONCE}" >&$fd) 2>/dev/null; done; echo end'
        reading = read(shell, item("reach", reach), item("id", "echo real"))
        assert reading.complete and reading.remarks == ()
        assert reading.sections["id"].out == b"real\n"

    def test_quotes_newlines_and_dollars_survive(self, shell: list[str]) -> None:
        text = 'it\'s "$HOME" `x` \\ \n second'
        reading = read(shell, item("q", "printf %s 'it'\\''s \"$HOME\" `x` \\ \n second'"))
        assert reading.sections["q"].out.decode() == text

    def test_the_manifest_ends_complete_on_any_machine(self, shell: list[str]) -> None:
        items = tuple(i for i in ITEMS if not i.shell.startswith(("journalctl", "systemctl", "haproxy", "timedatectl")))
        reading = read(shell, *items)
        assert reading.complete and list(reading.sections) == [i.name for i in items]
        # A slow machine may take its time; nothing may be lost or cut by it.
        assert {s.ending for s in reading.sections.values()} <= {Ending.EXITED, Ending.TIMED_OUT}

    def test_the_exec_request_runs_it(self, shell: list[str]) -> None:
        script = compose([item("x", 'echo "it\'s"')], NONCE)
        reading = take_apart(run(shell, as_command(script)), NONCE, [item("x", "")])
        assert reading.sections["x"].out == b"it's\n" and reading.complete


def output(*sections: tuple[str, bytes, bytes, int], nonce: str = NONCE) -> bytes:
    """What the script prints for sections of (name, out, err, code)."""
    rows = []
    for name, out, err, code in sections:
        rows.append(f"#{nonce} begin {name}\n".encode() + base64.encodebytes(out))
        rows.append(f"#{nonce} err\n={code}\n".encode() + base64.encodebytes(err) + b"\n")
        rows.append(f"#{nonce} end {name} 12.34 12.50\n".encode())
    return b"".join(rows) + f"#{nonce} done {len(sections)}\n".encode()


SMALL = (("one", b"first \0\r\n" * 20, b"", 0), ("ones", b"", b"no such file\n", 1), ("two", b"x", b"", 7))
NAMED = tuple(item(name, ":") for name, *_ in SMALL)


def test_whole_output_is_taken_apart() -> None:
    reading = take_apart(output(*SMALL), NONCE, NAMED)
    assert reading.complete and reading.remarks == ()
    assert [(s.name, s.out, s.err, s.code) for s in reading.sections.values()] == list(SMALL)
    assert {s.ms for s in reading.sections.values()} == {160.0}


def test_output_torn_anywhere_never_claims_more_than_it_has() -> None:
    whole = output(*SMALL)
    right = {name: (out, err, code) for name, out, err, code in SMALL}
    ends = [whole.index(f"end {name} ".encode()) for name, *_ in SMALL]
    for cut in range(len(whole)):
        reading = take_apart(whole[:cut], NONCE, NAMED)
        assert reading.complete is (cut == len(whole) - 1)  # only the last newline is missing
        if not reading.complete:
            assert "the evidence ended without its end marker" in reading.remarks
        for name, section in reading.sections.items():
            if section.complete:
                assert (section.out, section.err, section.code) == right[name]
                assert cut > ends[[n for n, *_ in SMALL].index(name)]
            else:
                assert (section.ending, section.code, section.out) == (Ending.LOST, None, b"")
                assert "connection was lost" in section.why_not


@given(st.binary(max_size=400), st.integers(0, 10_000))
def test_junk_in_the_middle_never_raises_and_is_never_taken_for_evidence(junk: bytes, where: int) -> None:
    whole = output(*SMALL)
    at = where % len(whole)
    reading = take_apart(whole[:at] + junk + whole[at:], NONCE, NAMED)
    assert set(reading.sections) <= {name for name, *_ in SMALL}


@given(st.binary(max_size=300))
def test_any_bytes_after_a_frame_are_taken_apart(rest: bytes) -> None:
    for head in (b"done ", b"begin one\n=", b"begin one\n#%s err\n=" % NONCE.encode(), b"end "):
        assert take_apart(b"#" + NONCE.encode() + b" " + head + rest, NONCE, NAMED).complete is False


@pytest.mark.parametrize("count", ["²", "9" * 5000, "-1", "", "1 2", "4"])
def test_an_end_marker_with_another_count_is_none(count: str) -> None:
    body = output(*SMALL).rpartition(b"#")[0] + f"#{NONCE} done {count}\n".encode()
    assert not take_apart(body, NONCE, NAMED).complete


def test_an_endless_exit_code_is_no_exit_code() -> None:
    rows = f"#{NONCE} begin one\n#{NONCE} err\n={'1' * 5000}\n#{NONCE} end one 1 2\n#{NONCE} done 1\n"
    assert take_apart(rows.encode(), NONCE, NAMED[:1]).sections["one"].ending is Ending.LOST


def test_frames_of_another_run_are_refused_and_said() -> None:
    reading = take_apart(output(*SMALL, nonce=OTHER), NONCE, NAMED)
    assert reading.sections == {} and not reading.complete
    assert any("do not belong to this reading" in remark for remark in reading.remarks)


def test_a_section_that_comes_twice_keeps_its_first_bytes() -> None:
    twice = output(("one", b"real", b"", 0), ("one", b"forged", b"", 0), ("ones", b"", b"", 0), ("two", b"", b"", 0))
    reading = take_apart(twice, NONCE, NAMED)
    assert reading.sections["one"].out == b"real"
    assert not reading.complete and any("do not belong" in remark for remark in reading.remarks)


def test_a_section_nobody_asked_for_is_left_out() -> None:
    reading = take_apart(output(*SMALL, ("extra", b"x", b"", 0)), NONCE, NAMED)
    assert "extra" not in reading.sections and not reading.complete


def test_a_login_banner_is_said_and_does_no_harm() -> None:
    reading = take_apart(b"Welcome!\r\nLast login: today\r\n" + output(*SMALL), NONCE, NAMED)
    assert reading.complete
    assert reading.remarks == ("the login shell printed 2 lines of its own before the evidence",)


def test_a_terminal_that_adds_carriage_returns_changes_nothing() -> None:
    plain = take_apart(output(*SMALL), NONCE, NAMED)
    assert take_apart(output(*SMALL).replace(b"\n", b"\r\n"), NONCE, NAMED).sections == plain.sections


@given(
    st.lists(
        st.builds(
            Item,
            name=st.from_regex(r"[a-z][a-z0-9:/._-]{0,20}", fullmatch=True),
            shell=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60),
            what=st.just(""),
            seconds=st.integers(1, 99),
            limit=st.integers(0, 10**7),
        ),
        max_size=4,
    )
)
def test_a_script_is_recognised_as_what_it_was_composed_from(items: list[Item]) -> None:
    script = compose(items, NONCE)
    assert recognise(script) == tuple(items)
    assert script_of(as_command(script)) == script and nonce_of(script) == NONCE


@given(st.integers(0, 10_000), st.sampled_from("xX0 ';$\n"))
def test_a_changed_script_is_not_recognised(where: int, other: str) -> None:
    script = compose(NAMED, NONCE)
    at = where % len(script)
    changed = script[:at] + other + script[at + 1 :]
    known = recognise(changed)
    assert changed == script or known is None or compose(known, nonce_of(changed)) == changed
    assert recognise(script + "\nreboot") is None and recognise("reboot; " + script) is None


def test_each_script_has_its_own_nonce() -> None:
    assert nonce_of(compose()) != nonce_of(compose())


def test_the_manifest_is_recognised_and_its_names_are_unique() -> None:
    known = recognise(compose(ITEMS))
    assert known is not None and [i.shell for i in known] == [i.shell for i in ITEMS]
    assert len({i.name for i in ITEMS}) == len(ITEMS)
    assert not any(isinstance(value, Section) for value in known)
