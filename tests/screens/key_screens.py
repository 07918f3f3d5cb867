"""The screens that are held by pictures: a table of what is shown and how it is reached with the keyboard."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, chdir
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from textual.pilot import Pilot

from checks.empty_topology import outline
from checks.evidence.evidence import Evidence, Login
from checks.model import Counts, NotChecked, State, Vantage
from checks.prompts import ChangedHostKey, HostKey, Secret
from checks.refusal import Refusal
from checks.snapshot import Change, Phase, Snapshot, SourceKind
from checks.transaction import Left, Outcome
from screens.base_app import BaseApp
from screens.saving import Keep
from screens.start_choice import StartChoice
from tests import samples
from tests.screens.asking import CHANGED, NEW, PASSWORD, asking
from tests.screens.fake_session import application
from tests.screens.network import mapped
from tests.screens.site import CUT_OFF, NOW, ORIGIN, TIMELINE, Going, SampleApp, sample, snapshot, until
from tui.app import NorouteApp
from tui.arguments import parse
from tui.start_choices import Kept

Size = tuple[int, int]
Make = Callable[..., BaseApp[int]]
"""Makes the application with the options of its own that it is given."""

SIZES: tuple[Size, ...] = ((80, 24), (120, 36), (200, 50))
_RAIL: tuple[Size, ...] = ((47, 24), (40, 12))
_TOKEN = re.compile(r"\[(.+?)\]|(\S+)")


@dataclass(frozen=True)
class KeyScreen:
    """``way`` names keys and, in brackets, words that are waited for: ``f [may write] y [FIXED]``."""

    name: str
    make: Make
    way: str
    sizes: tuple[Size, ...] = SIZES


def shows(moment: str | Snapshot, **fixed: Any) -> Make:
    """The main screen on a sample, by its name, or on a moment."""
    return lambda **options: SampleApp(moment, **fixed | options)


def repairs(moment: str | Snapshot = "article", steps: int | None = None, **answers: Any) -> Make:
    """The same whose session answers like that; ``steps`` is how far a fix gets."""

    def make(**options: Any) -> SampleApp:
        app = SampleApp(moment, **options)
        app.main.controls = app.scripted = Going(app)
        for name, value in answers.items():
            setattr(app.scripted, name, value)
        if steps is not None:
            app.scripted.stop_after(steps)
        return app

    return make


def saves(kept: Keep) -> Make:
    """The same, where a capture can be kept."""

    def make(**options: Any) -> SampleApp:
        app = SampleApp("article", **options)
        app.main.errands.keep = kept
        return app

    return make


def runs(**how: Any) -> Make:
    """The whole program on the article's failure."""

    def make(**options: Any) -> NorouteApp:
        app, _ = application("article", **how, **options)
        app.main.clock = lambda: NOW
        return app

    return make


def asks(question: HostKey | ChangedHostKey | Secret) -> Make:
    """The program while its connection asks something."""
    return lambda **options: asking(question, **options)[0]


class Known(Kept):
    """The habits of somebody with an empty home who has looked at this before."""

    def __init__(self, *before: StartChoice) -> None:
        super().__init__(parse([]))
        self._before = before

    def choices(self) -> tuple[StartChoice, ...]:
        """That, and what everybody is offered."""
        return (*self._before, *super().choices())


def starts(*before: StartChoice) -> Make:
    """The program without a target."""
    return lambda **options: NorouteApp(habits=Known(*before), **options)


def shut(phase: Phase, why: str) -> Snapshot:
    """A moment in which nothing can be read, as a session tells it."""
    before = outline(Vantage.JUMP)
    nodes = tuple(
        replace(node, state=State.UNKNOWN, checks=tuple(replace(check, state=State.UNKNOWN) for check in node.checks))
        for node in before.nodes
    )
    diagnosis = replace(
        before, sentence=why, nodes=nodes, counts=Counts(unknown=96), not_checked=(NotChecked(("96 checks",), why),)
    )
    return Snapshot(ORIGIN, phase, diagnosis, Evidence(login=Login(False, why)), detail=why)


def _full(folder: Path, moment: Snapshot) -> None:
    del folder, moment
    raise Refusal("no space left on the device: 41 of 96 files were written", 2)


_BEFORE = (
    StartChoice("LOOKED AT BEFORE", "root@haproxy.lab", "-J me@jump01", ("-J", "me@jump01", "root@haproxy.lab")),
    StartChoice("LOOKED AT BEFORE", "root@192.0.2.7:2222", "", ("root@192.0.2.7:2222",)),
    StartChoice("CAPTURES", "noroute-haproxy-20201120-153312", "~/captures", ("open", "x")),
    StartChoice("HOSTS OF ~/.ssh/config", "haproxy-w1", "192.0.2.8 via jump01", ("haproxy-w1",)),
)
_CODE = replace(PASSWORD, kind="one-time code", prompt="One-time code: ", echo=True)
_DENIED = "appliance haproxy.jarvis.lab (root@192.168.100.10:22): permission denied; the host allows publickey"
_TIMED_OUT = "appliance haproxy.jarvis.lab (root@192.168.100.10:22): timed out from jump01, no answer in 10 s"
_OTHER = "jumped to haproxy.jarvis.lab, and it is not the HAProxy appliance: it has no /etc/vmware/anyip-routes.cfg"
_CONNECTING = Snapshot(ORIGIN, Phase.CONNECTING, outline(Vantage.JUMP))
_READING = Snapshot(ORIGIN, Phase.READING, samples.checking())
_AT_A_STRANGER = shut(Phase.STRANGER, _OTHER)
_STRANGER = replace(_AT_A_STRANGER, diagnosis=replace(_AT_A_STRANGER.diagnosis, nodes=(), edges=()))
_LOST = replace(
    shut(Phase.LOST, "the connection to the appliance ended"),
    read_at=NOW - timedelta(seconds=14),
    retry_at=NOW + timedelta(seconds=5),
    timeline=(*TIMELINE, Change(NOW, "lost: the connection to the appliance ended", State.WARNING)),
)
_ONGOING = replace(
    CUT_OFF, left=Left.RUNNING, can_go_on=False, can_undo=False, sentence="a fix of A01 by anna@desk is under way: act"
)
_CAPTURE = replace(
    sample("capture"), phase=Phase.STILL, origin=replace(ORIGIN, kind=SourceKind.CAPTURE, read_only=True)
)

KEY_SCREENS = (
    KeyScreen("broken", shows(mapped(samples.article())), "[BROKEN]"),
    KeyScreen("healthy", shows("healthy"), "[HEALTHY]"),
    KeyScreen("empty-table", shows("empty_table"), "[? help]"),
    KeyScreen("many-vips", shows("many_vips"), "[? help]"),
    KeyScreen("unknown", shows("unknown"), "[? help]"),
    KeyScreen("capture", shows(_CAPTURE), "[? help]"),
    KeyScreen("two-nics", shows("two_nics"), "[? help]"),
    KeyScreen("cursor", shows("article"), "[BROKEN] j [▸ ✗ haproxy]"),
    KeyScreen("open", shows("article"), "[BROKEN] enter [anyip-routes]"),
    KeyScreen("masked", shows("article"), "[BROKEN] m [m shows the true ones]"),
    KeyScreen("connecting", shows(_CONNECTING), "[CONNECTING]"),
    KeyScreen("reading", shows(_READING), "[reading]"),
    KeyScreen("lost", shows(_LOST), "[lost]"),
    KeyScreen("not-reached", shows(shut(Phase.FAILED, _TIMED_OUT)), "[NOT REACHED]"),
    KeyScreen("not-logged-in", shows(shut(Phase.DENIED, _DENIED)), "[NOT LOGGED IN]"),
    KeyScreen("stranger", shows(_STRANGER), "[NOT THE APPLIANCE]"),
    KeyScreen("cut-off", shows(snapshot(samples.article(), unfinished=CUT_OFF)), "[CUT OFF]"),
    KeyScreen("under-way", shows(snapshot(samples.article(), unfinished=_ONGOING)), "[UNDER WAY]"),
    KeyScreen("rail", shows("article"), "[anyip-routes]", _RAIL),
    KeyScreen("too-small", shows("article"), "[too small]", ((39, 11), (20, 4))),
    KeyScreen("ascii", shows("article", ascii=True), "[x BROKEN]"),
    KeyScreen("ascii-fix", shows("article", ascii=True), "[x BROKEN] f [may write]"),
    KeyScreen("fix", shows("article"), "f [✓ may write]"),
    KeyScreen("reboot", shows("article"), "f [✓ may write] b [systemctl reboot] [✓ may write]"),
    KeyScreen("production", repairs(production="jarvis"), "f [✓ may write] y [type its name]"),
    KeyScreen("refused", repairs(refusal=Refusal("another fix holds the lock since 15:30", 1)), "f [NOT POSSIBLE]"),
    KeyScreen("running", repairs(steps=5), "f [✓ may write] y [◌ 5  come back]"),
    KeyScreen("hidden", repairs(steps=5), "f [✓ may write] y [◌ 5  come back] h [fixing, step 5]"),
    KeyScreen("fixed", shows("article"), "f [✓ may write] y [FIXED]"),
    KeyScreen("not-fixed", repairs(outcome=Outcome.NOT_FIXED), "f [✓ may write] y [NOT FIXED]"),
    KeyScreen("worse", repairs(outcome=Outcome.WORSE), "f [✓ may write] y [WORSE]"),
    KeyScreen("undo", repairs(snapshot(samples.healthy(), can_undo=True)), "[HEALTHY] u [✓ may write]"),
    KeyScreen("resume", repairs(snapshot(samples.article(), unfinished=CUT_OFF)), "[CUT OFF] o [✓ may write]"),
    KeyScreen("addresses", shows(mapped(samples.article())), "[BROKEN] a [ADDRESSES]"),
    KeyScreen("find", shows("article"), "[BROKEN] slash v i p [found]"),
    KeyScreen("explain", shows("article"), "[BROKEN] e [range-host-bits]"),
    KeyScreen("journal", shows("article"), "[BROKEN] w [newest first]"),
    KeyScreen("timeline", shows("article"), "[BROKEN] t [newest first]"),
    KeyScreen("save", saves(lambda *_: None), "[BROKEN] s [SAVE A CAPTURE]"),
    KeyScreen("saved", saves(lambda *_: None), "[BROKEN] s [SAVE A CAPTURE] enter [saved: ]"),
    KeyScreen("not-saved", saves(_full), "[BROKEN] s [SAVE A CAPTURE] enter [no space left]"),
    KeyScreen("help", runs(), "[BROKEN] question_mark [HELP]"),
    KeyScreen("palette", runs(), "[BROKEN] colon [Search for commands] [A01]"),
    KeyScreen("palette-search", runs(), "[BROKEN] colon [Search for commands] v i p [10.10.18.20:6443]"),
    KeyScreen("leave", runs(steps=4), "[BROKEN] f [✓ may write] y [◌ 4  act] ctrl+q [LEAVE?]"),
    KeyScreen("host-key", asks(NEW), "[NEW HOST KEY]"),
    KeyScreen("changed-key", asks(CHANGED), "[HAS CHANGED]"),
    KeyScreen("password", asks(replace(PASSWORD, prompt="root@192.168.100.10's password: ")), "[PASSWORD] x x x [•••]"),
    KeyScreen("one-time-code", asks(_CODE), "[ONE-TIME CODE]"),
    KeyScreen("start", starts(*_BEFORE), "[LOOKED AT BEFORE]"),
    KeyScreen("start-first", starts(), "[THE DEMO]"),
    KeyScreen("start-wrong", starts(*_BEFORE), "[LOOKED AT BEFORE] minus J enter [needs a value]"),
)


@asynccontextmanager
async def reached(screen: KeyScreen, size: Size | None = None, **options: Any) -> AsyncIterator[Pilot[int]]:
    """The application on that screen, by default at the first of its sizes."""
    with ExitStack() as still:
        # Seconds of a fix, the folder of a capture and what is known at home are on some of the pictures.
        still.enter_context(patch("screens.fix_dialog.monotonic", lambda: 0.0))
        still.enter_context(patch.dict(os.environ, HOME="/nowhere", XDG_STATE_HOME="/nowhere"))
        still.enter_context(chdir("/"))
        app = screen.make(**options)
        async with app.run_test(size=size or screen.sizes[0], notifications=True) as pilot:
            for words, key in _TOKEN.findall(screen.way):
                if key:
                    await pilot.press(key)
                else:
                    await until(pilot, words)
            await pilot.pause()
            yield pilot
