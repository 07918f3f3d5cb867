"""How the product and its peers are started: the same interpreter, the same environment, a script file each."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
PEERS = Path(__file__).parent / "peers"
HELLO = (sys.executable, str(PEERS / "hello_argparse.py"))
BARE = (sys.executable, str(PEERS / "bare_textual.py"))
# What pip writes for an entry point.
_COMMAND = "import sys\nfrom tui.cli import main\nif __name__ == '__main__':\n    sys.exit(main())\n"


@contextmanager
def installed() -> Iterator[tuple[str, ...]]:
    """The command ``noroute`` of this tree, as an installation would start it."""
    with TemporaryDirectory(prefix="noroute-bench-") as folder:
        script = Path(folder) / "noroute"
        script.write_text(_COMMAND)
        yield (sys.executable, str(script))


def environment(state: Path | None = None) -> dict[str, str]:
    """What every program here starts with: no settings of the person who measures."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    kept |= {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    return kept | ({"XDG_STATE_HOME": str(state)} if state is not None else {})
