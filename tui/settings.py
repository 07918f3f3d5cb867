"""Where noroute keeps what must outlive it, and what the environment says. Read anew at each call.

XDG_STATE_HOME (default ``~/.local/state``): accepted host keys, the records of fixes, the audit log.
XDG_CONFIG_HOME (default ``~/.config``): config.toml, which only its owner writes.
NO_COLOR: no colours. NOROUTE_ASCII: ASCII in place of the glyphs. TERM=dumb: neither colours nor a screen.
"""

from __future__ import annotations

import os
from pathlib import Path


def state_folder() -> Path:
    """The folder for what is kept; it may not exist yet."""
    return _base("XDG_STATE_HOME", ".local/state") / "noroute"


def config_file() -> Path:
    """The file with a person's own keys and colours; it need not exist."""
    return _base("XDG_CONFIG_HOME", ".config") / "noroute" / "config.toml"


def _base(variable: str, otherwise: str) -> Path:
    named = os.environ.get(variable, "")
    # The XDG specification: a path that is not absolute counts as not set.
    return Path(named) if Path(named).is_absolute() else Path.home() / otherwise


def prepared_state_folder() -> Path:
    """The state folder, made if needed, for its owner alone. Raises OSError where that cannot be."""
    folder = state_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkdir's mode says nothing about a folder that was there already.
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
    return folder


def colours(terminal: bool) -> bool:
    """Whether to write colours to a stream that is (or is not) a terminal."""
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _plain_locale() -> bool:
    """Whether the environment asks for the locale that has no glyphs. Python reads it as UTF-8 all the same; nothing
    set at all, as in a cron job, asks for nothing."""
    named = os.environ.get("LC_ALL") or ""
    return named in ("C", "POSIX")


def ascii_only(encoding: str | None) -> bool:
    """Whether glyphs outside ASCII would not arrive on a stream of that encoding."""
    return (
        bool(os.environ.get("NOROUTE_ASCII"))
        or _plain_locale()
        or not (encoding or "").lower().replace("-", "").startswith("utf")
    )
