"""Commands that need neither a screen nor a network, from the start of the process to its end.

``noroute --version`` and ``noroute explain A01``, output to a pipe, against ``hello --version``, an argparse program of
four lines. Both are script files under the same interpreter, with warm caches and compiled modules.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import time
from collections.abc import Sequence

from tests.bench.measure import Result, against, alternate
from tests.bench.programs import HELLO, environment, installed

_PEER = "argparse hello world"


def version(runs: int) -> list[Result]:
    """``--version``: at most 2.5 times the hello world."""
    return [_beside_hello("`--version`", ("--version",), 2.5, runs)]


def explain(runs: int) -> list[Result]:
    """``explain A01``: at most 5 times the hello world."""
    return [_beside_hello("`explain A01`", ("explain", "A01"), 5, runs)]


def _beside_hello(what: str, words: tuple[str, ...], limit: float, runs: int) -> Result:
    used: dict[str, list[float]] = {}

    def run(name: str, command: Sequence[str]) -> float:
        before, start = _processor_time(), time.perf_counter()
        subprocess.run(command, env=environment(), stdout=subprocess.PIPE, check=True)
        end = time.perf_counter()
        used.setdefault(name, []).append((_processor_time() - before) * 1000)
        return (end - start) * 1000

    with installed() as noroute:
        ours, hello = alternate(
            runs, lambda: run("ours", (*noroute, *words)), lambda: run("hello", (*HELLO, "--version"))
        )
    mine, theirs = (statistics.median(used[name][1:]) for name in ("ours", "hello"))
    note = f"of the processor {mine:.0f} and {theirs:.0f} ms: {mine / theirs:.2f}x"
    return against(what, "ms", ours, limit, (_PEER, hello), note=note)


def _processor_time() -> float:
    """Of all children that have ended: a busy machine stretches time, but hardly this."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
