"""Scenarios: what is broken on the simulated site, and what can be learned from it. Each is a TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files

from tui.demo import seed, world
from tui.demo.files import Disk

DEFAULT = "no-route-to-host"


@dataclass(frozen=True)
class Change:
    """One difference from a healthy appliance: in the file ``path``, ``old`` becomes ``new``; without ``old``,
    ``new`` is added to its end."""

    path: str
    new: bytes
    old: bytes = b""


@dataclass(frozen=True)
class Scenario:
    """``story`` is what the people saw, ``hints`` lead on one by one, ``lesson`` is what stays.

    It is solved when every ``answers`` (ADDR:PORT) answers the client and no unit has failed.
    """

    name: str
    title: str
    story: str
    hints: tuple[str, ...]
    lesson: str
    answers: tuple[str, ...]
    changes: tuple[Change, ...] = ()

    def break_it(self, disk: Disk) -> None:
        """Make the changes to a healthy appliance's disk. ValueError where one does not fit."""
        for change in self.changes:
            data = disk.read(change.path)
            if change.old and data.count(change.old) != 1:
                raise ValueError(f"{self.name}: {change.path} does not hold {change.old!r} once")
            disk.plant(change.path, data.replace(change.old, change.new) if change.old else data + change.new)


def _folder_names() -> list[str]:
    folder = files("tui.demo").joinpath("scenarios")
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def scenario_names() -> tuple[str, ...]:
    """All scenarios, the default first."""
    return (DEFAULT, *(name for name in _folder_names() if name != DEFAULT))


def load_scenario(name: str) -> Scenario:
    """One scenario by name. ValueError names those that there are."""
    if name not in _folder_names():
        raise ValueError(f"no scenario {name!r}; there are {', '.join(scenario_names())}")
    data = tomllib.loads(files("tui.demo").joinpath("scenarios", f"{name}.toml").read_text("utf-8"))
    changes = [Change(row["path"], row["new"].encode(), row.get("old", "").encode()) for row in data.get("changes", [])]
    changes += [Change(row["path"], _frontend(row).encode()) for row in data.get("frontends", [])]
    return Scenario(
        name=name,
        title=data["title"],
        story=data["story"].strip(),
        hints=tuple(data.get("hints", ())),
        lesson=data["lesson"].strip(),
        answers=tuple(data["answers"]),
        changes=tuple(changes),
    )


def _frontend(row: dict[str, object]) -> str:
    return seed.frontend(
        str(row["service"]), str(row["name"]), str(row["vip"]), int(str(row["port"])), world.GUEST_NODES
    )
