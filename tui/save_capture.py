"""A capture of what the screen shows: the raw sections it was made from, as a folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from checks.refusal import Refusal
from checks.snapshot import Snapshot, SourceKind
from tui import screen_state


def keep(folder: Path, snapshot: Snapshot) -> None:
    """Write the evidence of ``snapshot`` into a new folder, and remember where. Raises Refusal where it cannot be
    written."""
    from checks.evidence.section import Reading
    from checks.sources import capture

    evidence = snapshot.evidence
    if evidence is None or not evidence.sections:
        raise Refusal("nothing was read yet that could be saved", 1)
    reading = Reading(dict(evidence.sections), evidence.taken_at, evidence.complete, evidence.remarks)
    origin = replace(snapshot.origin, kind=SourceKind.CAPTURE)
    capture.save(folder, reading, evidence.probes, evidence.login, origin, evidence.asked_vips)
    screen_state.remember_capture(folder)
