"""The hosts that an OpenSSH client configuration names, with what it includes. Read, never written."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

# As deep as OpenSSH goes, which also ends a file that includes itself.
_DEEPEST = 16
_PATTERN = frozenset("*?!\"'#")


def configuration(given: str | None) -> Path:
    """The file that counts: the one of ``-F``, else the person's own."""
    return Path(given).expanduser() if given else Path.home() / ".ssh" / "config"


def configured_hosts(path: Path) -> dict[str, str]:
    """Every name of a ``Host`` line that is no pattern, with what is said of its way: ``HostName``, ``via ProxyJump``.
    A file that cannot be read names none."""
    told: dict[str, str] = {}
    names: list[str] = []
    for key, value in _lines(path, _DEEPEST):
        if key == "host":
            names = [name for name in value.split() if not set(name) & _PATTERN]
            for name in names:
                told.setdefault(name, "")
        elif key == "match":
            names = []
        elif key in ("hostname", "proxyjump"):
            said = value if key == "hostname" else f"via {value}"
            told.update({name: f"{told[name]} {said}".strip() for name in names})
    return told


def _lines(path: Path, deep: int) -> Iterator[tuple[str, str]]:
    """Keyword in small letters and value of each line, included files in their place."""
    try:
        text = path.read_text("utf-8", "replace")
    except OSError:
        return
    for line in text.splitlines():
        key, _, value = line.strip().replace("=", " ", 1).partition(" ")
        if key.casefold() != "include":
            yield key.casefold(), value.strip()
        elif deep:
            for file in _included(value):
                yield from _lines(file, deep - 1)


def _included(value: str) -> Iterator[Path]:
    """Files in the order of their patterns; a relative one lies below ``~/.ssh``, as OpenSSH has it."""
    try:
        patterns = shlex.split(value)
    except ValueError:
        return
    for pattern in patterns:
        whole = Path.home() / ".ssh" / Path(pattern).expanduser()
        try:
            yield from sorted(Path(whole.anchor).glob(str(whole.relative_to(whole.anchor))))
        except (ValueError, OSError, RuntimeError):
            continue
