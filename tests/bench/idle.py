"""What a screen costs that nobody touches: bytes to the terminal and resident memory, over 60 seconds.

``noroute demo healthy`` and ``noroute demo`` (the article's fault) on a pseudo-terminal of 80x24, from two seconds
after the header first says how old the reading is; each reads and probes its appliance again every 15 seconds
meanwhile. Bytes are everything written to the terminal in these 60 seconds; memory is VmRSS at their end. The demo's
servers live in the same process and count. The peer for memory is a bare Textual application that has imported
asyncssh and shows one word, as old. All runs wait side by side, a few seconds apart: neither number is a time.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.measure import Result, against, alone
from tests.bench.programs import BARE, environment, installed
from tests.bench.terminal import Terminal, rss_kib

_SECONDS = 60.0
_SETTLED = 2.0
_APART = 3.0
_LIVE = b"demo 0 s"


def idle_bytes(runs: int) -> list[Result]:
    """At most 200 bytes per second, healthy and broken."""
    healthy, broken, _ = _waited(runs)
    return [
        alone(f"idle live screen, {name}", "B/s", [written / _SECONDS for written, _ in seen], 200)
        for name, seen in (("healthy", healthy), ("broken", broken))
    ]


def memory(runs: int) -> list[Result]:
    """After 60 s at most 1.4 times the bare application with asyncssh."""
    healthy, broken, bare = _waited(runs)
    peer = ("bare Textual app with asyncssh", [rss for _, rss in bare])
    return [
        against(f"resident memory, {name}", "MiB", [rss for _, rss in seen], 1.4, peer)
        for name, seen in (("healthy", healthy), ("broken", broken))
    ]


@cache
def _waited(runs: int) -> list[list[tuple[int, float]]]:
    """For healthy, broken and bare: bytes and MiB of every run. Both benchmarks look at the same runs."""
    with installed() as noroute, ThreadPoolExecutor(3 * runs) as threads:
        programs = (
            ((*noroute, "demo", "healthy"), _LIVE),
            ((*noroute, "demo"), _LIVE),
            ((*BARE, "asyncssh"), b"hello"),
        )
        started: list[list[Future[tuple[int, float]]]] = []
        for _ in range(runs):
            started.append([threads.submit(_wait, command, sign) for command, sign in programs])
            time.sleep(_APART)
        return [[one.result() for one in kind] for kind in zip(*started, strict=True)]


def _wait(command: Sequence[str], sign: bytes) -> tuple[int, float]:
    with TemporaryDirectory() as state, Terminal(command, environment(Path(state))) as terminal:
        terminal.wait_for(sign)
        terminal.count(_SETTLED)
        return terminal.count(_SECONDS), rss_kib(terminal.pid) / 1024
