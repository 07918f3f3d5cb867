"""The results as a page: ``docs/benchmarks.md``."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import ModuleType

from tests.bench import collector, commands, first_frame, idle, keys
from tests.bench.measure import Result
from tests.bench.programs import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
_TITLES: dict[str, ModuleType] = {
    "Commands": commands,
    "First frame": first_frame,
    "Idle screen": idle,
    "Collector": collector,
    "Keys": keys,
}
_HEAD = """\
# Benchmarks

Each number is a median of {runs} runs, in turns with the peer it is held against, so that a busy moment meets both.
Ratios say more than times: times are those of one machine. `python -m tests.bench` repeats all of it, `python -m
tests.bench NAME` a part; it exits with 1 where a limit is missed.

Measured on {date}:

"""


def page(machine: Mapping[str, str], results: Iterable[Result], runs: int, notes: str) -> str:
    """The whole page; ``notes`` are kept from the one before."""
    text = _HEAD.format(runs=runs, date=f"{datetime.now(UTC):%Y-%m-%d}")
    text += "| | |\n|---|---|\n" + "".join(f"| {name} | {value} |\n" for name, value in machine.items())
    text += "\n## Results\n\n| what | ours | range | peer | limit | result |\n|---|---:|---:|---:|---:|---:|\n"
    text += "".join(f"{row}\n" for row in rows(results))
    text += "\n## What is measured\n"
    for title, module in _TITLES.items():
        text += f"\n**{title}.** {inspect.getdoc(module)}\n".replace("``", "`")
    return text + (f"\n## Notes\n{notes}" if notes else "")


def rows(results: Iterable[Result]) -> list[str]:
    """One line of a table for each result."""
    return [_row(result) for result in results]


def _row(result: Result) -> str:
    what = f"{result.what} ({result.note})" if result.note else result.what
    ours, low, high = (_number(value) for value in (result.ours, *result.spread))
    peer = "" if result.peer is None else f"{result.peer_name}: {_number(result.peer)} {result.unit}"
    if result.peer is None:
        limit, value = f"at most {result.limit:g} {result.unit}", f"{ours} {result.unit}"
    elif result.at_least:
        limit, value = f"at least {result.limit:g}x faster", f"{result.value:.1f}x faster"
    else:
        limit, value = f"at most {result.limit:g}x", f"{result.value:.2f}x"
    verdict = value if result.met else f"**missed: {value}**"
    return f"| {what} | {ours} {result.unit} | {low}–{high} | {peer} | {limit} | {verdict} |"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"
