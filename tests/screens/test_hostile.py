"""What an appliance says stays text: on the screen, in its picture, in what reaches the terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.cells import cell_len
from textual.app import App

from checks.evidence.evidence import Evidence
from checks.evidence.journal import JournalLine
from checks.model import Edge, Excerpt, ExcerptKind
from checks.snapshot import Origin, Phase, Snapshot, SourceKind
from checks.transaction import Left, Prepared, Transaction
from tests import samples
from tests.screens.network import mapped
from tests.screens.site import (
    CUT_OFF,
    NOW,
    ORIGIN,
    Going,
    SampleApp,
    prepared,
    screen_rows,
    snapshot,
    until,
)

LINE = "haproxy[1234]: [/b] \x1b[2J\x9b31m \u202e <b>&amp; [red]x[/red]"
SHOWN = "haproxy[1234]: [/b] \\x1b[2J\\x9b31m \\u202e <b>&amp; [red]x[/red]"


def hostile_site() -> Snapshot:
    """The article's failure where every text of the appliance tries to be more than text."""
    diagnosis = samples.article()
    root = diagnosis.findings[0]
    proof = (
        replace(samples.GUILTY_LINE, text=LINE, span=None, before=(LINE,), proposed=LINE, note=LINE),
        Excerpt("journal, " + LINE, LINE, ExcerptKind.JOURNAL, at=NOW, guilty=True),
    )
    worse = replace(root, excerpts=proof, title=LINE, explanation=LINE)
    evidence = Evidence(journal={"haproxy": (JournalLine("haproxy", LINE, NOW),)})
    findings = (worse, *diagnosis.findings[1:])
    return snapshot(replace(diagnosis, findings=findings, sentence=LINE), evidence=evidence)


async def test_hostile_text_is_shown_as_visible_escapes() -> None:
    app = SampleApp(hostile_site())
    async with app.run_test(size=(120, 36)) as pilot:
        text = await until(pilot, SHOWN[:40])
        assert text.isprintable() or all(row.isprintable() for row in text.splitlines())
        for key in ("enter", "e"):
            await pilot.press(key)
            await until(pilot, "\\u202e")
            picture = app.export_screenshot()
            ElementTree.fromstring(picture)
            assert not any(bad in picture for bad in ("\x1b", "\x9b", "\u202e"))
        await pilot.press("q")
        await pilot.press("w")
        await until(pilot, SHOWN)
        ElementTree.fromstring(app.export_screenshot())


# What would move the cursor, clear the screen, turn the writing round, take no cell or two, or be read as markup.
BAD = "\x1b[2J\x9b31m\x07\r\n\t\u202e\u2066\u200b\ufeff\u0301\u4e16[red]x[/red][/b]"
MARKUP = "[red]x[/red]"
# Names by which one thing is found from another; nobody reads them.
_NAMES = frozenset(
    {
        *("id", "node", "kind", "code", "mark", "within", "group", "explains", "explained_by", "roots", "finding_id"),
        *("fix_id", "state", "outcome", "name", "resumes", "undoes", "subject", "breaks", "broken_by"),
    }
)


def spoiled(value: Any) -> Any:
    """A copy of frozen values, every text and every byte string of it ending in what is bad."""
    if isinstance(value, Edge | Enum):
        return value
    if isinstance(value, str):
        return value + BAD
    if isinstance(value, bytes):
        return value + BAD.encode()
    if isinstance(value, tuple):
        return tuple(map(spoiled, value))
    if isinstance(value, dict):
        return {key: spoiled(one) for key, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        read = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
        changed = {name: spoiled(one) for name, one in read.items() if name not in _NAMES}
        return replace(value, **changed)
    return value


class Hostile(Going):
    """What a hostile appliance says while a fix is planned and runs."""

    async def prepare_fix(self, finding_id: str, *, reboot: bool = False) -> Prepared:
        """The plan."""
        plan: Prepared = spoiled(await super().prepare_fix(finding_id, reboot=reboot))
        return replace(plan, production="")

    async def carry_out(self, plan: Prepared) -> AsyncIterator[Transaction]:
        """The steps."""
        async for moment in super().carry_out(plan):
            yield spoiled(replace(moment, prepared=prepared(), log=((NOW, "$ systemctl start haproxy"),)))


def spoiled_site() -> Snapshot:
    """The article's failure on an appliance that says something bad wherever it says something."""
    moment = mapped(samples.article(), frontend="10.10.18.5/24")
    found = replace(CUT_OFF, left=Left.TORN)
    moment = replace(moment, unfinished=found, detail="said", origin=replace(ORIGIN, client_address=""))
    return spoiled(moment)  # type: ignore[no-any-return]


# The keys to a page, words that stand on it, and the keys through it.
_PAGES = {
    "map": ("", "BROKEN", "jkkGg"),
    "drill-down": ("enter", "WHY", "space space l l space"),
    "journal": ("w", "JOURNAL", "G g"),
    "timeline": ("t", "TIMELINE", "G"),
    "find": ("slash", "FIND", "v i p down"),
    "explain": ("e", "range-host-bits", "space G"),
    "addresses": ("a", "ADDRESSES", "tab tab tab"),
    "plan": ("f", "FIX A01", "space G"),
}


@pytest.mark.parametrize("size", [(47, 24), (80, 24), (120, 36), (200, 50)])
@pytest.mark.parametrize("page", _PAGES)
async def test_nothing_but_text_reaches_the_screen(page: str, size: tuple[int, int]) -> None:
    way, words, through = _PAGES[page]
    app = SampleApp(spoiled_site())
    app.main.controls = Hostile(app)
    seen = ""
    async with app.run_test(size=size) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press(*way.split())
        await until(pilot, words)
        for key in ("", *through.split()):
            await pilot.press(*key.split())
            await pilot.pause()
            seen += assert_text(app, size[0])
    if size[0] >= 80:
        # It is all there to be read, as what it is.
        assert "\\x1b" in seen and (page in ("addresses", "find") or MARKUP in seen)


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_nothing_but_text_is_told_of_a_fix_that_runs(size: tuple[int, int]) -> None:
    app = SampleApp(spoiled_site())
    app.main.controls = Hostile(app)
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.press("f", "G")
        await until(pilot, "may write")
        await pilot.press("y")
        seen = await until(pilot, "verify")
        await app.main.workers.wait_for_complete()
        await pilot.pause()
        assert_text(app, size[0])
        await pilot.press("G")
        await pilot.pause()
        seen += assert_text(app, size[0])
        assert "\\u202e" in seen and MARKUP in seen
        await pilot.press("c")
        await pilot.pause()
        assert_text(app, size[0])


def assert_text(app: App[Any], width: int) -> str:
    """Every row that the terminal gets is as wide as the screen, of characters of one cell, without a link; the
    text."""
    rows = screen_rows(app)
    for row in rows:
        text = "".join(segment.text for segment in row)
        harmful = {character for character in text if unicodedata.category(character)[0] in "CM"}
        assert not harmful and text.isprintable(), text
        assert len(text) == cell_len(text) == width, text
        assert not any(segment.control or (segment.style and segment.style.link) for segment in row)
    return "\n".join("".join(segment.text for segment in row) for row in rows) + "\n"


async def test_a_toast_says_where_a_capture_is_from_as_text() -> None:
    target = "\x1b[2J\x9b31m\u202e [red]x[/red]"
    origin = Origin(SourceKind.CAPTURE, target)
    app = SampleApp(snapshot(samples.article(), origin=origin, phase=Phase.STILL))
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await pilot.press("u")
        text = await until(pilot, "this is a capture of")
        assert "capture of \\x1b[2J\\x9b31m\\u202e" in text and "[red]x[/red]" in text
        assert all(row.isprintable() for row in text.splitlines())


async def test_every_toast_is_inert_and_short() -> None:
    app = SampleApp("article")
    async with app.run_test(size=(200, 50), notifications=True) as pilot:
        app.notify(LINE, title=LINE, markup=True)
        app.screen.notify("\u202e" * 9999)
        text = await until(pilot, "\\u202e\\u202e")
        assert text.count("\\x1b[2J") == 2 and text.count("\\u202e") < 80
        assert all(row.isprintable() for row in text.splitlines())
