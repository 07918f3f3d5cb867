"""Explanations of codes, and of addresses in every spelling that was seen in the wild."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.manifest import ITEMS
from checks.rules.benign import benign
from checks.rules.entries import Entry, entries
from screens.picture.cells import plain
from tui.cli import main
from tui.explain import page, whole
from tui.report.address_pictures import ordinal
from tui.report.page import WIDTH


def explained(text: str) -> str:
    rows = page(text)
    assert rows is not None
    return plain(rows)


@pytest.mark.parametrize("found", entries(), ids=lambda found: found.code)
def test_every_code_is_explained(found: Entry) -> None:
    code = found.code
    shown = explained(code)
    assert shown.startswith(f"{code}  ")
    for key in ("recognise", "why", "repair", *(() if found.kind == "rule" else ("no rule",))):
        assert f"\n     {key}" in shown
    assert max(map(len, shown.splitlines())) <= WIDTH
    assert explained(code.lower()) == shown


def test_an_id_is_as_good_as_its_code() -> None:
    assert explained("A01:10.10.18.18/28") == explained("A01")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "10.10.18.18/28",
            (
                "A01 host bits set",
                "18 = 16 + 2",
                "binary     0001 0010  the last 4 bits must be 0\n                ^^^^",
                "✗",
                "then shows\n           10.10.18.16/16: /16 counts the addresses, it is no mask",
                "showed 10.10.18.18/28, /28 counts: 10.10.18.18-10.10.18.45 is",
                "write      10.10.18.16/28   16 addresses, .16 to .31",
            ),
        ),
        (
            "10.10.18.19/11",
            (
                "A09 start and count",
                "10.0.0.0/11, 2,097,152 addresses: surely not",
                "11 addresses, 10.10.18.19-10.10.18.29",
                "it ends at 10.10.18.30",
                ".29 the 11th, counted with .19",
                ".30 if 11 more are meant",
                "write      10.10.18.16/28 in the appliance\n           10.10.18.19-10.10.18.29 in the wizard",
            ),
        ),
        (
            "10.10.18.17-10.10.18.30",
            (
                "A08 dash range",
                "14 addresses",
                ".16 and .31 come with the block",
                "or         10.10.18.16/28   one line, 2 more",
                "write      10.10.18.17/32, 10.10.18.18/31, 10.10.18.20/30, 10.10.18.24/30",
                "6 lines, exactly these",
            ),
        ),
        ("10.10.18.16-10.10.18.31", ("10.10.18.16/28   exactly these",)),
        ("10.10.18.16/28", ("network", "14 hosts", "answers for all 16")),
        ("10.10.18.0/25", ("126 hosts",)),
        ("/25", ("255.255.255.128", "128, in a subnet 126 hosts, not 162")),
        ("/28", ("255.255.255.240", "16, in a subnet 14 hosts", "multiples of 16: .0 .16 .32 .48 ..")),
        ("/32", ("1, in a subnet 1 host",)),
        ("/0", ("fixes no bit: 2 to the power of 32, 4,294,967,296 addresses", "0.0.0.0", "the default route")),
        ("0.0.0.0/0", ("network", "There is one such block", "never a range of VIPs")),
        ("10.1.2.3/0", ("all of 10.1.2.3 is host bits", "/0 keeps nothing of it")),
        ("10.10.18.18", ("A16 no mask", "/32 says so", "10.10.18.16/28      16 addresses")),
        (
            "10.0.0.1/32",
            ("network", "becomes a VIP and no other", "takes it"),
        ),
        ("10.0.0.1/31", ("the last bit must be 0",)),
        (
            "10.10.18.16/255.255.255.240",
            ("A10 dotted mask", "never finds the range", "write      10.10.18.16/28"),
        ),
        ("10.10.18.18/255.255.255.240", ("refuses it: host bits are set, 18 = 16 + 2 (A01)",)),
        (
            "10.10.18.16/28, 10.10.18.65/28",
            ("A12 list", "keeps the blanks", "host bits: 16 addresses, .64 to .79", "(A12)"),
        ),
        ("10.10.18.16/28\r", ("as Windows editors leave it", "(A13)", "network")),
        (" 10.10.18.16/28", ("with a blank before it", "(A11)")),
        ("10.10.18.16/28 # vips", ("only a # in the first column", "(A15)")),
        ("10.10.18.300/28", ("A17 out of range", "300 is above 255")),
        ("10.10.18.16/33", ("/33 is above /32",)),
        (
            "10.10.018.16/28",
            ("ambiguous", "018 begins with a 0", "no 8 and 9", "(A17)", "write      10.10.18.16/28 "),
        ),
        (
            "010.1.1.1",
            (
                "ambiguous",
                "two addresses in one spelling",
                "people     read 10.1.1.1",
                "read 8.1.1.1",
                "the line means 8.1.1.1 to it",
            ),
        ),
        ("10.10.18.16/028", ("ambiguous", "028 begins with a 0", "no 8 and 9", "write      10.10.18.16/28 ")),
        ("10.10.18.16/034", ("ambiguous", "`ip` reads 10.10.18.16/28 (A17)", "write      10.10.18.16/28 ")),
        # What was meant has the next fault: it is never recommended.
        ("010.010.018.018/28", ("018 begins with a 0", "write      10.10.18.16/28   the block of 10.10.18.18/28")),
        ("10.10.18.18/028", ("write      10.10.18.16/28   the block of 10.10.18.18/28",)),
        ("10.10.018.18", ("write      10.10.18.18   without the 0",)),
        ("10.10.18.0/024", ("ambiguous", "10.10.18.0/20 is no network address, and refused (A17)")),
        ("010.300.1.1", ("A17 out of range", "300 is above 255")),
        ("10.10.18.30-10.10.18.17", ("\nThe range ends before it starts.\n",)),
        ("255.255.255.240", ("/28", "mask       255.255.255.240", "addresses  16")),
        ("10.10.18.17-10.10.18.30", ("━━✗──┫",)),
        ("10.10.18.16/255.0.255.0", ("255.0.255.0 is no mask",)),
        ("fd00::/64", ("A18 IPv6", "IPv4 only")),
        ("10.10.16.5/20", ("10.10.16.0 + 5", "one cell is 64 addresses", "0001 0000.0000 0101")),
    ],
)
def test_an_address_in_any_spelling(text: str, parts: tuple[str, ...]) -> None:
    shown = explained(text)
    for part in parts:
        assert part in shown or part in " ".join(shown.split())
    assert max(map(len, shown.splitlines())) <= WIDTH


@pytest.mark.parametrize("text", ["nonsense", "Z99", "A00", "", "10.10", "/", "-", "10.10.18.16/", "#"])
def test_what_is_neither_is_told_apart(text: str) -> None:
    assert page(text) is None


_OCTET = st.integers(0, 300).map(str)
_QUAD = st.lists(_OCTET, min_size=4, max_size=4).map(".".join)
_TYPED = st.one_of(
    st.builds("{}/{}".format, _QUAD, st.integers(0, 40)),
    st.builds("{}-{}".format, _QUAD, _QUAD),
    st.builds("{}/{}".format, _QUAD, _QUAD),
    st.builds("{},{}".format, _QUAD, st.text(max_size=10)),
    _QUAD,
    st.integers(0, 40).map("/{}".format),
    st.text(max_size=30),
)


@given(_TYPED)
def test_whatever_is_typed_gives_a_harmless_page_or_none(text: str) -> None:
    rows = page(text)
    if rows is not None:
        shown = plain(rows)
        assert shown.replace("\n", "").isprintable()
        assert max(map(len, shown.splitlines())) <= WIDTH


@pytest.mark.parametrize(
    ("number", "word"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (21, "21st")]
)
def test_ordinals(number: int, word: str) -> None:
    assert ordinal(number) == word


def test_all_that_is_read_is_printed() -> None:
    shown = plain(whole("what-is-read"))
    assert all(item.what in shown for item in ITEMS)
    assert max(map(len, shown.splitlines())) <= WIDTH


def test_what_is_harmless_is_printed_with_its_reason() -> None:
    shown = plain(whole("benign"))
    assert all(row.where in shown for row in benign())
    assert "A slip in the script of 0.2.0" in shown


def test_the_catalogue_is_a_list_for_people_and_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    heading, *rows = capsys.readouterr().out.partition("\n\n")[0].splitlines()
    assert heading.split() == ["code", "severity", "grade", "what"]
    assert [row.split()[0] for row in rows] == [found.code for found in entries()]
    assert main(["rules", "--format", "json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert value["schema"] == "noroute/rules/1" and len(value["entries"]) == len(entries())
    assert {row["kind"] for row in value["entries"]} == {"rule", "elsewhere"}


@pytest.mark.parametrize("words", [["explain", "--benign", "A01"], ["explain"], ["rules", "A01"]])
def test_a_word_too_many_or_too_few_is_refused(words: list[str]) -> None:
    assert main(words) == 2
