"""From the start of the process to the first frame that says something, on a pseudo-terminal of 80x24.

``noroute demo`` until the names of all four units of the appliance's node were written, against a Textual application
of one ``Static`` until its word was written. Both from the start of the process, with warm caches.
"""

from __future__ import annotations

import statistics
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.measure import Result, against, alternate
from tests.bench.programs import BARE, environment, installed
from tests.bench.terminal import Terminal, processor_ms

LABELS = (b"route-tables", b"anyip-routes", b"haproxy", b"dataplaneapi")


def first_frame(runs: int) -> list[Result]:
    """The demo's node labels: at most 1.6 times the bare application's first frame."""
    used: dict[str, list[float]] = {}
    with installed() as noroute, TemporaryDirectory() as state:

        def shown(name: str, command: tuple[str, ...], *signs: bytes) -> float:
            with Terminal(command, environment(Path(state))) as terminal:
                taken = (terminal.wait_for(*signs) - terminal.started) * 1000
                used.setdefault(name, []).append(processor_ms(terminal.pid))
                return taken

        ours, bare = alternate(
            runs, lambda: shown("ours", (*noroute, "demo"), *LABELS), lambda: shown("bare", BARE, b"hello")
        )
    mine, theirs = (statistics.median(used[name][1:]) for name in ("ours", "bare"))
    note = f"of the processor {mine:.0f} and {theirs:.0f} ms: {mine / theirs:.2f}x"
    return [against("first frame with the demo's node labels", "ms", ours, 1.6, ("bare Textual app", bare), note=note)]
