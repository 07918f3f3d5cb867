"""The keys of ``config.toml``, checked against what can be pressed and what there is to do."""

from __future__ import annotations

import string
from collections.abc import Iterator

from textual.binding import Binding
from textual.keys import Keys

from screens.keymap import DRAWN, Keymap, bindings_of
from tui.config import Config, near

QUIT, ALWAYS = "app.quit", "ctrl+q"


def keymap_of(config: Config, app: type) -> Keymap:
    """The keys that a person chose. Raises Refusal (2) for an id that there is not, a key that cannot be pressed, and
    a key that two things on one screen would want."""
    if not config.keys:
        return DRAWN
    screens = _screens()
    ids = {binding.id: None for holder in (*screens, app) for binding in bindings_of(holder) if binding.id}
    chosen: dict[str, str] = {}
    for name, typed in config.keys.items():
        where = f"[keys] {name}"
        if name not in ids:
            close = near(name, tuple(ids)) if len(name) > 2 else ""
            raise config.wrong("[keys]", f"nothing is called {name}{close}")
        keys = tuple(_normal(config, where, part) for part in typed.split(","))
        if ALWAYS in keys and name != QUIT:
            raise config.wrong(where, f"{ALWAYS} always quits; take another key")
        chosen[name] = ",".join(dict.fromkeys((*keys, ALWAYS) if name == QUIT else keys))
    for screen in screens:
        _no_clash(config, chosen, screen, app)
    return Keymap(chosen)


def _screens() -> tuple[type, ...]:
    """All that have keys. Imported for a person who chose some: else none of the dialogs is needed at the start."""
    from screens.addresses import AddressScreen
    from screens.changed_key import ChangedKeyScreen
    from screens.explanation import ExplanationScreen
    from screens.find import FindScreen
    from screens.fix_dialog import FixScreen
    from screens.help import HelpScreen
    from screens.host_key import HostKeyScreen
    from screens.journal import JournalScreen
    from screens.leaving import LeaveScreen
    from screens.main import MainScreen
    from screens.saving import SaveScreen
    from screens.secret import SecretScreen
    from screens.start import StartScreen
    from screens.timeline import TimelineScreen

    return (
        MainScreen,
        FixScreen,
        LeaveScreen,
        AddressScreen,
        JournalScreen,
        TimelineScreen,
        ExplanationScreen,
        HelpScreen,
        FindScreen,
        SaveScreen,
        StartScreen,
        HostKeyScreen,
        ChangedKeyScreen,
        SecretScreen,
    )


def _normal(config: Config, where: str, typed: str) -> str:
    """A key as Textual calls it."""
    key = typed.strip() or typed[:1]
    if not key:
        raise config.wrong(where, 'it names no key; "x", "f5", "ctrl+x", "space" and "x,f5" would')
    if len(key) == 1:
        return next(iter(Binding.make_bindings([Binding(key, "x")]))).key
    signs = {next(iter(Binding.make_bindings([Binding(sign, "x")]))).key for sign in string.punctuation if sign != ","}
    if key in signs or key in {known.value for known in Keys if not known.value.startswith("<")}:
        return key
    raise config.wrong(where, f'{key} is no key that every terminal sends; "x", "f5", "ctrl+x", "space" are')


def _no_clash(config: Config, chosen: dict[str, str], *holders: type) -> None:
    """On one screen a key does one thing."""
    taken: dict[str, str] = {}
    for name, key in _pressed(chosen, *holders):
        other = taken.setdefault(key, name)
        if other != name:
            mine, theirs = (name, other) if name in chosen else (other, name)
            raise config.wrong(f"[keys] {mine}", f"{key} is {theirs} there; give that another key too, or take another")


def _pressed(chosen: dict[str, str], *holders: type) -> Iterator[tuple[str, str]]:
    """(id, key) for all that can be pressed on a screen. What a screen gives away, those below it no longer have."""
    seen: set[str] = set()
    done: set[str] = set()
    for holder in holders:
        for binding in bindings_of(holder):
            drawn = {key.key for key in Binding.make_bindings([binding])}
            name = binding.id or binding.action
            if drawn <= seen:
                continue
            keys = chosen[name].split(",") if name in chosen else sorted(drawn - seen)
            seen |= drawn
            if name not in done:
                yield from ((name, key) for key in keys)
            done.add(name)
