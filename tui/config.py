"""``config.toml``: a person's own keys, colours and terminal habits. Read at each start of the screen.

[screen]
theme = "noroute-light"
ascii = false
mouse = true

[keys]
"map.fix" = "x"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from checks.inert import inert
from checks.refusal import Refusal
from tui.arguments import USAGE

_SCREEN: dict[str, type] = {"theme": str, "ascii": bool, "mouse": bool}
_KINDS = {str: 'a text in quotes, such as "noroute-light"', bool: "true or false"}


@dataclass(frozen=True)
class Config:
    """What the file says; what it does not say is None. ``keys`` are as typed, to be checked by ``tui.keymap``."""

    path: Path
    theme: str | None = None
    ascii: bool | None = None
    mouse: bool | None = None
    keys: Mapping[str, str] = field(default_factory=dict)

    def wrong(self, where: str, what: str) -> Refusal:
        """The refusal for something in this file."""
        return Refusal(f"{self.path}: {where}: {inert(what, 300)}", USAGE)


def load(path: Path) -> Config:
    """The file's contents, or nothing where there is none. Raises Refusal (2) that says what is wrong, where, and what
    would be right."""
    config = Config(path)
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return config
    except UnicodeDecodeError:
        raise Refusal(f"{path}: it is not UTF-8 text", USAGE) from None
    except OSError as problem:
        raise Refusal(f"{path}: {problem.strerror}", USAGE) from None
    except tomllib.TOMLDecodeError as problem:
        raise Refusal(f"{path}: it is not TOML: {inert(str(problem), 200)}", USAGE) from None
    for name, table in data.items():
        if name not in ("screen", "keys"):
            raise config.wrong(f"[{inert(name, 40)}]", f"there is no such part{near(name, ('screen', 'keys'))}")
        if not isinstance(table, dict):
            raise config.wrong(f"[{name}]", f"this is a part of its own: [{name}] on a line, its values below")
    screen: dict[str, Any] = data.get("screen", {})
    for name, value in screen.items():
        if name not in _SCREEN:
            raise config.wrong("[screen]", f"there is no {name}{near(name, _SCREEN)}")
        if not isinstance(value, _SCREEN[name]):
            raise config.wrong(f"[screen] {name}", f"{value!r} is not {_KINDS[_SCREEN[name]]}")
    keys = data.get("keys", {})
    return Config(path, screen.get("theme"), screen.get("ascii"), screen.get("mouse"), _flat(config, keys))


def near(name: str, known: Mapping[str, Any] | tuple[str, ...]) -> str:
    """``, did you mean map.fix?``, or what there is."""
    close = get_close_matches(name, tuple(known), n=1)
    return f", did you mean {close[0]}?" if close else f"; there are: {', '.join(known)}"


def _flat(config: Config, table: Mapping[str, Any], before: str = "") -> dict[str, str]:
    """``map.fix`` in quotes, or as TOML reads it without: a table in a table."""
    found: dict[str, str] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            found |= _flat(config, value, f"{before}{name}.")
        elif isinstance(value, str):
            found[f"{before}{name}"] = value
        else:
            raise config.wrong(f"[keys] {inert(before + name, 60)}", f'{value!r} is not a key in quotes, such as "x"')
    return found
