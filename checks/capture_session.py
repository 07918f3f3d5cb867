"""A capture as the session of a screen or a report: one moment that does not change, plans that are only read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from checks import fix_planning
from checks.diagnosis import diagnose
from checks.evidence.evidence import read
from checks.interrupted_fix import unfinished
from checks.model import Check, State
from checks.refusal import Refusal
from checks.site import Site
from checks.snapshot import Phase, Snapshot, SourceKind, captured_words
from checks.sources.capture import load
from checks.transaction import Prepared, Transaction

_USAGE = 2


def recorded(folder: Path, site: Site) -> Snapshot:
    """The moment that a capture holds, by the same rules as a live one. Raises Refusal (2) for what is no capture."""
    loaded = load(folder)
    evidence = read(
        loaded.reading,
        loaded.probes,
        login=loaded.login,
        client_vantage=loaded.origin.client_vantage,
        asked_vips=loaded.asked_vips,
    )
    found = unfinished(evidence, None, None)
    origin = replace(
        loaded.origin,
        kind=SourceKind.CAPTURE,
        target=loaded.origin.target or folder.absolute().name,
        site=site.name or loaded.origin.site,
        read_only=True,
    )
    return Snapshot(
        origin,
        Phase.STILL,
        diagnose(evidence, site),
        evidence,
        read_at=loaded.reading.taken_at,
        detail="; ".join(loaded.reading.remarks),
        unfinished=replace(found, can_go_on=False, can_undo=False) if found is not None else None,
    )


class CaptureSession:
    """Shows a moment and the plans that it would have had; whatever would act is refused."""

    def __init__(self, snapshot: Snapshot, site: Site) -> None:
        self._snapshot, self._site = snapshot, site

    async def snapshots(self) -> AsyncIterator[Snapshot]:
        """The moment, and nothing after it until the iterator is closed."""
        yield self._snapshot
        await asyncio.Event().wait()

    def recheck(self) -> None:
        """Nothing: there is nobody to ask."""

    async def prepare_fix(self, finding_id: str, *, reboot: bool = False) -> Prepared:
        """The plan for a finding, to be carried out elsewhere. Refusal (2) where there is none."""
        plan = fix_planning.fix(self._snapshot, self._site, finding_id, reboot=reboot)
        said = captured_words(self._snapshot)
        return replace(plan, backup="", preconditions=(Check("capture", State.UNKNOWN, said),))

    async def prepare_undo(self, fix_id: str | None = None, *, reboot: bool = False) -> Prepared:
        """Refused."""
        raise Refusal(captured_words(self._snapshot), _USAGE)

    async def carry_out(self, prepared: Prepared) -> AsyncIterator[Transaction]:
        """Refused."""
        raise Refusal(f"{prepared.title}: {captured_words(self._snapshot)}", _USAGE)
        yield
