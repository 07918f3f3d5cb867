"""How a fix or an undo ended has true words, in the timeline as on its badge."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from checks.fix_service import Repairs
from checks.model import State
from checks.prompts import NeverAsk
from checks.session import open_session
from checks.snapshot import Origin, SourceKind
from checks.sources.target import Target
from checks.transaction import Outcome, Transaction
from screens.fix_progress import badge
from tests.screens.site import prepared, transaction

DOUBT = "no VIP exists"


@pytest.mark.parametrize(
    ("undo", "outcome", "unverified", "line", "state", "shown"),
    [
        (False, Outcome.FIXED, "", "fix of A01: fixed", State.OK, "✓ FIXED"),
        (False, Outcome.NOT_FIXED, DOUBT, "fix of A01: not verified", State.UNKNOWN, "? NOT VERIFIED"),
        (False, Outcome.NOT_FIXED, "", "fix of A01: not fixed", State.WARNING, "! NOT FIXED"),
        (False, Outcome.WORSE, "", "fix of A01: worse", State.FAILED, "✗ WORSE"),
        (False, Outcome.REFUSED, "", "fix of A01: refused", State.WARNING, "! REFUSED"),
        (False, Outcome.LOST, "", "fix of A01: lost", State.UNKNOWN, "? LOST"),
        (True, Outcome.UNDONE, "", "undo of A01: undone", State.OK, "✓ UNDONE"),
        (True, Outcome.UNDONE, DOUBT, "undo of A01: not verified", State.UNKNOWN, "? NOT VERIFIED"),
        (True, Outcome.NOT_FIXED, "", "undo of A01: failed", State.FAILED, "✗ FAILED"),
        (True, Outcome.LOST, "", "undo of A01: lost", State.UNKNOWN, "? LOST"),
    ],
)
async def test_every_end_is_told_as_it_is(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    undo: bool,
    outcome: Outcome,
    unverified: str,
    line: str,
    state: State,
    shown: str,
) -> None:
    ended = transaction(prepared(undo=undo), 7, outcome, unverified=unverified)

    async def carry_out(*args: object) -> Transaction:
        return replace(ended)

    monkeypatch.setattr(Repairs, "carry_out", carry_out)
    origin = Origin(SourceKind.LIVE, "root@haproxy.lab")
    async with open_session(Target("haproxy.lab"), origin, asker=NeverAsk(), state=tmp_path) as session:
        async for _ in session.carry_out(ended.prepared):
            pass
    told = session.snapshot.timeline[-1]
    assert (told.text, told.state) == (line, state)
    assert badge(ended)[0] == shown
