"""``python -m tests.bench [NAME..] [--runs N] [--write]``: run benchmarks, print the table, exit with 1 on a miss."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.bench import collector, commands, first_frame, idle, keys
from tests.bench.machine import machine
from tests.bench.measure import RUNS, Benchmark, Result
from tests.bench.page import PAGE, page, rows

BENCHMARKS: dict[str, Benchmark] = {
    "version": commands.version,
    "explain": commands.explain,
    "first-frame": first_frame.first_frame,
    "idle": idle.idle_bytes,
    "memory": idle.memory,
    "collector": collector.collector,
    "keys": keys.keys,
}


def main() -> int:
    """Run what was named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--runs", type=int, default=RUNS, help=f"default: {RUNS}")
    parser.add_argument("--write", action="store_true", help=f"write the results to {PAGE.name}; needs all of them")
    options = parser.parse_args()
    names = options.names or list(BENCHMARKS)
    if unknown := [name for name in names if name not in BENCHMARKS]:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}")
    if options.write and set(names) != set(BENCHMARKS):
        parser.error("--write needs all benchmarks")
    results: list[Result] = []
    for name in names:
        for result in BENCHMARKS[name](options.runs):
            results.append(result)
            print(rows([result])[0], flush=True)
    if options.write:
        PAGE.write_text(page(machine(), results, options.runs, _notes()), encoding="utf-8")
    return 0 if all(result.met for result in results) else 1


def _notes() -> str:
    """What people wrote below the table stays."""
    return PAGE.read_text("utf-8").partition("\n## Notes\n")[2] if Path(PAGE).exists() else ""


if __name__ == "__main__":
    sys.exit(main())
