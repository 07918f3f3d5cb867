"""How old what is shown is, in words, and when those words change next."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

from checks.snapshot import Phase, Snapshot, SourceKind

# Steps of 1 s below 10 s, of 5 s below a minute, then of a minute: an idle screen sends next to nothing.
_STEPS = ((10, 1), (60, 5))
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def span(seconds: float) -> str:
    """``2 s``, ``3 min``, ``2 h``, ``26 days``: the largest unit that has at least one."""
    seconds = max(int(seconds), 0)
    if seconds < _MINUTE:
        step = next(step for limit, step in _STEPS if seconds < limit)
        return f"{seconds - seconds % step} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR} h"
    return f"{seconds // _DAY} days"


def until_next(seconds: float) -> float:
    """Seconds until :func:`span` of a growing age says something else."""
    step = next((step for limit, step in _STEPS if seconds < limit), _MINUTE)
    return step - max(seconds, 0) % step


def next_change(snapshot: Snapshot, now: datetime) -> float | None:
    """Seconds until :func:`age_words` says something else; None where it never does."""
    if snapshot.phase is Phase.LOST and snapshot.retry_at is not None:
        left = (snapshot.retry_at - now).total_seconds()
        if left > 0:
            return left % 1 or 1.0
    if snapshot.read_at is None or snapshot.phase is Phase.STILL:
        return None
    return until_next((now - snapshot.read_at).total_seconds())


def age_words(snapshot: Snapshot, now: datetime, brief: bool) -> str:
    """The words at the right end of the header."""
    old = 0.0 if snapshot.read_at is None else (now - snapshot.read_at).total_seconds()
    kind, phase = snapshot.origin.kind, snapshot.phase
    if kind in (SourceKind.CAPTURE, SourceKind.BUNDLE):
        taken = "" if snapshot.read_at is None else f" {clock_minutes(snapshot.read_at)}"
        return f"{kind.value}{taken}"
    if phase is Phase.LOST:
        left = 0 if snapshot.retry_at is None else ceil((snapshot.retry_at - now).total_seconds())
        again = f", again in {left} s" if left > 0 else ""
        return f"lost {span(old)} ago{again}"
    if phase in (Phase.CONNECTING, Phase.READING, Phase.FIXING):
        return phase.value
    if snapshot.shut:
        return phase.value
    word = "demo" if kind is SourceKind.DEMO else "plan" if kind is SourceKind.PLAN else "live"
    if snapshot.read_at is None:
        return word
    return f"{word} {span(old)}" if brief else f"{word}, {span(old)} ago"


def since_words(since: datetime | None, now: datetime, brief: bool = False) -> str:
    """``since 15:30:07, 3 min``; with the date where it was another day."""
    if since is None:
        return ""
    old = now - since
    stamp = f"{since:%H:%M:%S}" if old < timedelta(days=1) else f"{since:%Y-%m-%d %H:%M}"
    return f"since {stamp}" if brief else f"since {stamp}, {span(old.total_seconds())}"


def clock_minutes(at: datetime) -> str:
    """A moment to the minute."""
    return f"{at:%Y-%m-%d %H:%M}"
