"""Alternating runs, their medians, and what is a miss."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

RUNS = 9


@dataclass(frozen=True)
class Result:
    """One line of the table: medians, and the bound of their ratio, or of the product's own number."""

    what: str
    ours: float
    unit: str
    limit: float
    peer: float | None = None
    peer_name: str = ""
    at_least: bool = False
    spread: tuple[float, float] = (0.0, 0.0)
    note: str = ""

    @property
    def value(self) -> float:
        """What is held against the limit: times the peer (or times faster than it), else the number itself."""
        if self.peer is None:
            return self.ours
        return self.peer / self.ours if self.at_least else self.ours / self.peer

    @property
    def met(self) -> bool:
        """Whether the promise holds."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit


class Benchmark(Protocol):
    """A function of how many runs to make; its module's docstring says what exactly is measured."""

    def __call__(self, runs: int) -> list[Result]: ...


def alternate(runs: int, *measures: Callable[[], float]) -> list[list[float]]:
    """The numbers of each measure, run in turns so that a busy moment meets all alike. The first turn, which warms
    the caches, is not counted."""
    turns = [[measure() for measure in measures] for _ in range(runs + 1)]
    return [list(numbers) for numbers in zip(*turns[1:], strict=True)]


def against(
    what: str,
    unit: str,
    numbers: Sequence[float],
    limit: float,
    peer: tuple[str, Sequence[float]],
    *,
    at_least: bool = False,
    note: str = "",
) -> Result:
    """The medians of the product and of a named peer."""
    ours, theirs = statistics.median(numbers), statistics.median(peer[1])
    return Result(what, ours, unit, limit, theirs, peer[0], at_least, (min(numbers), max(numbers)), note)


def alone(what: str, unit: str, numbers: Sequence[float], limit: float, note: str = "") -> Result:
    """The median of the product alone."""
    return Result(what, statistics.median(numbers), unit, limit, spread=(min(numbers), max(numbers)), note=note)
