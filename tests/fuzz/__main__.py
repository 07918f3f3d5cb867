"""Coverage-guided: ``python -m tests.fuzz NAME… [-- OPTIONS OF LIBFUZZER]``, with atheris in the environment.

Each parser runs in a process of its own for a minute (``-max_total_time=60``), from its examples on. What makes one
raise, hang or take too much memory is kept in the present folder, and the exit code is not 0.
"""

import importlib
import subprocess
import sys
import tempfile
from pathlib import Path

# What a healthy section gives is covered by any other: the examples are kept all the same.
OPTIONS = (
    "-max_total_time=60", "-max_len=20000", "-len_control=0", "-keep_seed=1", "-timeout=10", "-rss_limit_mb=2048",
)  # fmt: skip


def fuzz(name: str, options: list[str]) -> None:
    """In this process, until libFuzzer ends it."""
    atheris = importlib.import_module("atheris")  # no part of what the tests need

    with atheris.instrument_imports(include=["checks", "screens", "tui"]):
        from tests.fuzz.parsers import PARSERS

    parser = PARSERS[name]
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(parser.seeds):
            Path(corpus, str(number)).write_bytes(seed)
        atheris.Setup([sys.argv[0], *OPTIONS, *options, corpus], parser)
        atheris.Fuzz()


def main(words: list[str]) -> int:
    """Run the named parsers, or all; the worst exit code."""
    at = words.index("--") if "--" in words else len(words)
    names, options = words[:at], words[at + 1 :]
    if len(names) == 1:
        fuzz(names[0], options)
        return 0
    if not names:
        from tests.fuzz.parsers import PARSERS

        names = list(PARSERS)
    worst = 0
    for name in names:
        print(f"== {name}", flush=True)
        ended = subprocess.run([sys.executable, "-m", "tests.fuzz", name, "--", *options], check=False)
        worst = max(worst, abs(ended.returncode))
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
