"""A fix as it is shown and named."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from checks.plan import Fix, Reboot, Run, Step, Write

BYTES = st.binary(max_size=40)
LINES = st.lists(st.sampled_from([b"a", b"b", b"", b"c\r", b"\xff", "é\u2028x".encode(), b"\x0c"]), max_size=8).map(
    lambda lines: b"\n".join(lines)
)
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(Write, st.sampled_from(["/a", "/b"]), BYTES, BYTES),
    st.builds(Run, st.text(max_size=6)),
    st.just(Run("reboot")),
    st.just(Reboot()),
)


def fix(*steps: Step) -> Fix:
    return Fix("summary", steps, "nothing", (), "", 1)


def test_the_diff_of_the_article() -> None:
    write = Write("/etc/vmware/anyip-routes.cfg", b"# a\n#\n10.10.18.18/28\n", b"# a\n#\n10.10.18.16/28\n")
    assert write.diff().splitlines() == [
        "--- /etc/vmware/anyip-routes.cfg",
        "+++ /etc/vmware/anyip-routes.cfg",
        "@@ -2,2 +2,2 @@",
        " #",
        "-10.10.18.18/28",
        "+10.10.18.16/28",
    ]


def test_a_missing_newline_is_said_the_way_diff_says_it() -> None:
    assert Write("/x", b"a\nb", b"a\nb\n").diff().splitlines()[2:] == [
        "@@ -1,2 +1,2 @@",
        " a",
        "-b",
        "\\ No newline at end of file",
        "+b",
    ]
    assert Write("/x", b"", b"a").diff().splitlines()[2:] == ["@@ -0,0 +1 @@", "+a", "\\ No newline at end of file"]


def test_a_carriage_return_belongs_to_its_line() -> None:
    assert Write("/x", b"a\r\nb\n", b"a\nb\n").diff().split("\n")[2:] == ["@@ -1,2 +1,2 @@", "-a\r", "+a", " b", ""]


def test_form_feeds_and_other_scripts_end_no_line() -> None:
    write = Write("/x", b"a\x0cb\xc2\x85c\n", b"a\x0cb\n")
    assert [row[0] for row in write.diff().split("\n") if row] == ["-", "+", "@", "-", "+"]
    assert "\ufffd" in Write("/x", b"\xff\n", b"a\n").diff()


@given(LINES, LINES)
def test_the_diff_has_every_line_and_is_empty_only_for_what_looks_the_same(before: bytes, after: bytes) -> None:
    rows = Write("/x", before, after).diff(context=1000).split("\n")[3:]
    old = [row[1:] for row in rows if row[:1] in " -" and row]
    new = [row[1:] for row in rows if row[:1] in " +" and row]
    if before != after:
        assert [line.encode("utf-8", "replace") for line in old] == [
            line.decode("utf-8", "replace").encode() for line in _lines(before)
        ]
        assert len(new) == len(_lines(after))
    else:
        assert rows == []


def _lines(data: bytes) -> list[bytes]:
    parts = data.split(b"\n")
    return parts[:-1] if parts[-1] == b"" else parts


@given(BYTES, BYTES, BYTES, BYTES)
def test_any_other_byte_gives_another_digest(before: bytes, after: bytes, other_before: bytes, other: bytes) -> None:
    assume((before, after) != (other_before, other))
    assert fix(Write("/x", before, after)).digest != fix(Write("/x", other_before, other)).digest


@given(st.lists(STEPS, max_size=4), st.lists(STEPS, max_size=4))
def test_another_plan_has_another_digest_and_the_same_plan_the_same(one: list[Step], other: list[Step]) -> None:
    assert (fix(*one).digest == fix(*other).digest) is (one == other)


def test_the_digest_does_not_hang_on_words() -> None:
    assert fix(Run("x", "because")).digest == Fix("else", (Run("x"),), "all", ("v",), "u", 9).digest
    assert len(fix().digest) == 16


@given(BYTES, BYTES)
def test_there_and_back(before: bytes, after: bytes) -> None:
    write = Write("/x", before, after)
    assert write.swapped().swapped() == write
    assert (write.swapped().before_sha256, write.swapped().after_sha256) == (write.after_sha256, write.before_sha256)


def test_by_reboot_keeps_all_that_a_boot_does_not_do_and_the_way_back_of_the_units() -> None:
    write = Write("/x", b"a", b"b")
    runs = (Run("systemctl enable x"), Run("systemctl restart x"), Run("ip rule del from 10.0.0.1"))
    plan = Fix("s", (write, *runs), "i", ("v",), "u", 3, back=(write.swapped(), Run("systemctl start y")))
    assert not plan.reboot and plan.undoable
    other = plan.by_reboot()
    assert other.steps == (write, runs[0], Reboot()) and other.back == plan.back
    assert other.commands[-1] == "systemctl reboot" and other.verifies[0] == "the appliance is back with a new boot id"
    assert "60 s" in other.interrupts and "management" in other.interrupts
    assert not fix(Run("x")).by_reboot().undoable


def test_a_plan_by_reboot_says_of_what_stays_how_it_is_taken_back() -> None:
    by_hand = "systemctl disable x, by hand"
    enabled = Fix("s", (Run("systemctl enable x"), Run("systemctl start x")), "i", ("v",), by_hand, 3)
    assert enabled.by_reboot().undone == f"{by_hand}; a reboot cannot be taken back"
    started = Fix("s", (Run("systemctl start x"),), "i", ("v",), "u", 3)
    assert started.by_reboot().undone == "nothing is written; a reboot cannot be taken back"
