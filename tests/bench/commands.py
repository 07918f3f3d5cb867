"""Commands that need neither a screen nor a network, from the start of the process to its end.

``noroute --version`` and ``noroute explain A01``, output to a pipe, against ``hello --version``, an argparse program of
four lines. Both are script files under the same interpreter, with warm caches and compiled modules.
"""

from __future__ import annotations

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
    with installed() as noroute:
        ours, hello = alternate(
            runs, lambda: _milliseconds((*noroute, *words)), lambda: _milliseconds((*HELLO, "--version"))
        )
    return against(what, "ms", ours, limit, (_PEER, hello))


def _milliseconds(command: Sequence[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, env=environment(), stdout=subprocess.PIPE, check=True)
    return (time.perf_counter() - start) * 1000
