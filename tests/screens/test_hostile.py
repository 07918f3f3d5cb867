"""What an appliance says stays text: on the screen, in its picture, in what reaches the terminal."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from checks.evidence.evidence import Evidence
from checks.evidence.journal import JournalLine
from checks.model import Excerpt, ExcerptKind
from checks.snapshot import Origin, Phase, Snapshot, SourceKind
from tests import samples
from tests.screens.site import NOW, SampleApp, snapshot, until

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


async def test_names_and_outputs_everywhere_stay_text() -> None:
    app = SampleApp("hostile")
    async with app.run_test(size=(80, 24)) as pilot:
        for key in ("j", "enter", "h", "tab", "G", "g", "e"):
            await pilot.press(key)
            await pilot.pause()
            ElementTree.fromstring(app.export_screenshot())


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
