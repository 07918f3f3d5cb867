"""What the journal of the data plane API says of the requests that it answered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from checks.evidence.evidence import Evidence
from checks.evidence.journal import JournalLine

_STARTED = re.compile(r'started handling request" method=(\w+) .*request="?([^\s"]+)')
_COMPLETED = re.compile(r'completed handling request" .*status=(\d{3})\b')
# The other form that it can write: Apache's common log.
_COMMON = re.compile(r'\\?"([A-Z]+) (/\S+) HTTP/[0-9.]+\\?" (\d{3})\b')
_RECENT = timedelta(hours=1)
_TRANSACTION = re.compile(r"/v\d+/services/haproxy/transactions\b")


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that was answered with HTTP ``status``. ``method`` and ``path`` are "" where the journal does not tell
    which of several it was; ``line`` is the one with the status."""

    method: str
    path: str
    status: int
    line: JournalLine

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300

    @property
    def of_transaction(self) -> bool:
        return bool(_TRANSACTION.match(self.path))

    @property
    def commits(self) -> bool:
        return self.method == "PUT" and self.of_transaction


def answered(lines: tuple[JournalLine, ...]) -> tuple[Answered, ...]:
    """The requests in the order of their answers."""
    found: list[Answered] = []
    underway: list[tuple[str, str]] = []
    for line in lines:
        if started := _STARTED.search(line.text):
            underway.append((started[1], started[2]))
        elif completed := _COMPLETED.search(line.text):
            # The end does not name its request: it is known only where a single one was under way.
            method, path = underway[0] if len(underway) == 1 else ("", "")
            underway = [("", "")] * (len(underway) - 1)
            found.append(Answered(method, path, int(completed[1]), line))
        elif common := _COMMON.search(line.text):
            found.append(Answered(common[1], common[2], int(common[3]), line))
    return tuple(found)


def serves(e: Evidence) -> bool:
    """Whether the API runs and has accepted a request within the last hour: somebody reaches it, whatever a probe
    says."""
    now, unit = e.clock.now if e.clock else e.taken_at, e.unit("dataplaneapi")
    return (now is not None and unit is not None and unit.running) and any(
        request.accepted and request.line.at is not None and now - request.line.at <= _RECENT
        for request in answered(e.lines_of("dataplaneapi"))
    )
