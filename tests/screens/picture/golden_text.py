"""Pictures as text files: what a picture looked like when somebody last looked at it.

``NOROUTE_GOLDEN=1 pytest tests/screens/picture`` writes them anew; then read the difference before it is committed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from screens.picture.cells import Row, plain

_FOLDER = Path(__file__).with_name("golden")


def assert_golden(name: str, rows: Iterable[Row]) -> None:
    """The rows are those of ``golden/NAME.txt``."""
    path = _FOLDER / f"{name}.txt"
    drawn = plain(rows) + "\n"
    if os.environ.get("NOROUTE_GOLDEN"):
        path.write_text(drawn, encoding="utf-8")
    assert drawn == path.read_text(encoding="utf-8"), f"{path.name} differs; NOROUTE_GOLDEN=1 writes it anew"
