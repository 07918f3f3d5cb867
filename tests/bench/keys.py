"""From a key to the picture it asks for, while the results of 300 VIPs come in.

``python -m tests.bench.large_site`` on a pseudo-terminal of 120x36: the whole application on a real session, whose
appliance and probes are made up. 600 results come at 50 per second, two for each VIP, and fill in the first reading.
Up and down are pressed in turns a hundred times meanwhile, 50 to 150 ms after the last repaint; each time counts from
the key's byte to the last byte of the open panel's title for the unit that the cursor moved to. A run's number is the
99th percentile of its hundred.
"""

from __future__ import annotations

import random
import re
import statistics
import sys
import time

from tests.bench.measure import Result, alone
from tests.bench.programs import environment
from tests.bench.terminal import Gone, Terminal
from tui.promptness import PACE

_COMMAND = (sys.executable, "-m", "tests.bench.large_site")
_SIZE = (120, 36)
_KEYS = 100
_SECONDS = 20.0
_CONTROL = re.compile(rb"\x1b\[[0-9;?$]*[a-zA-Z]")
# The key, and the unit that it leads to.
_WAYS = ((b"j", b"haproxy"), (b"k", b"anyip-routes"))


def keys(runs: int) -> list[Result]:
    """At the 99th percentile at most 50 ms."""
    seen = [_run() for _ in range(runs)]
    every = [milliseconds for run in seen for milliseconds in run]
    note = f"median of all keys {statistics.median(every):.0f} ms, slowest of {len(every)} {max(every):.0f} ms"
    return [alone("key to repaint, 300 VIPs, 99th percentile", "ms", [_percentile(run) for run in seen], 50, note)]


def _percentile(milliseconds: list[float]) -> float:
    return statistics.quantiles(milliseconds, n=100, method="inclusive")[-1]


def _run() -> list[float]:
    pace = random.Random(1)
    with Terminal(_COMMAND, environment() | dict(PACE), _SIZE) as terminal:
        terminal.wait_for(b"anyip-routes")
        terminal.settle()
        _repainted(terminal, b"4", b"route-tables")
        _repainted(terminal, b"j", b"anyip-routes")
        taken = []
        for at in range(_KEYS):
            terminal.count(pace.uniform(0.05, 0.15))
            taken.append(_repainted(terminal, *_WAYS[at % 2]))
        return taken


def _repainted(terminal: Terminal, key: bytes, unit: bytes) -> float:
    title = re.compile(unit + rb" +active, ")
    before, start = len(terminal.seen), time.perf_counter()
    terminal.type(key)
    while not title.search(_CONTROL.sub(b"", terminal.seen[before:])):
        if not terminal.read(start + _SECONDS):
            raise Gone(
                f"{key!r} led not to {unit!r} within {_SECONDS:g} s; it wrote {terminal.seen[before:][-2000:]!r}"
            )
    return (time.perf_counter() - start) * 1000
