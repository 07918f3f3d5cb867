"""From the folder of a capture to what the screen and a report show of it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from checks.capture_session import CaptureSession, recorded
from checks.site import Site
from checks.snapshot import Origin, Snapshot
from tui.session_opening import site_of

if TYPE_CHECKING:
    from checks.prompts import Asker


@dataclass(frozen=True)
class Captured:
    """A capture that was read."""

    snapshot: Snapshot
    site: Site

    @property
    def origin(self) -> Origin:
        """Where it was taken."""
        return self.snapshot.origin

    @asynccontextmanager
    async def open(self, asker: Asker) -> AsyncIterator[CaptureSession]:
        """What shows it; nothing is ever asked."""
        del asker
        yield CaptureSession(self.snapshot, self.site)


def captured(options: Namespace) -> Captured:
    """The capture that ``options`` name. Raises Refusal (2) where there is none that can be read."""
    site = site_of(options.site) or Site()
    return Captured(recorded(Path(options.subject), site), site)
