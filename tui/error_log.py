"""Where an error that nobody foresaw happened, kept without any value of the program: one of them may be a secret."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime
from pathlib import Path

from tui.settings import prepared_state_folder


def noted(error: BaseException) -> Path | None:
    """The file that it was added to, None where that cannot be."""
    try:
        log = prepared_state_folder() / "errors.log"
        with log.open("a", encoding="utf-8") as file:
            log.chmod(0o600)
            stack = "".join(traceback.format_tb(error.__traceback__))
            file.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {type(error).__name__}\n{stack}\n")
    except OSError:
        return None
    return log
