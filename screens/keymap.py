"""Keys that a person chose, by the id of what they do: in place of the drawn ones, in finished pictures too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby

from textual.binding import Binding, BindingType

from screens.key_names import KEY, key_name
from screens.picture.cells import Hit, Picture, Row


@dataclass(frozen=True)
class Keymap:
    """``chosen`` has the keys, separated by commas, for the ids of bindings."""

    chosen: Mapping[str, str] = field(default_factory=dict)
    _known: dict[tuple[type, ...], dict[str, str]] = field(default_factory=dict, compare=False, repr=False)

    def applied(self, bindings: Iterable[BindingType]) -> Iterator[BindingType]:
        """The bindings with the keys that a person presses."""
        for binding in bindings:
            if isinstance(binding, Binding) and (binding.id or "") in self.chosen:
                yield replace(binding, key=self.chosen[binding.id or ""])
            else:
                yield binding

    def drawn(self, picture: Picture, *holders: type) -> Picture:
        """``picture``, drawn with the keys of the product, with those of the person; ``holders`` are the classes
        whose bindings hold here."""
        changes = self.pressed(*holders)
        wanted = [hit for hit in picture.hits if _key(hit) in changes]
        if not wanted:
            return picture
        rows, hits = list(picture.rows), []
        for hit in picture.hits:
            key = changes.get(_key(hit), "")
            if key:
                rows[hit.row], hit = _rewritten(rows[hit.row], hit, key)
            hits.append(hit)
        return Picture(tuple(rows), tuple(hits), picture.stops)

    def pressed(self, *holders: type) -> Mapping[str, str]:
        """The keys of the product for which a person presses another one, and that one."""
        if not self.chosen:
            return {}
        if holders not in self._known:
            self._known[holders] = dict(self._changes(holders))
        return self._known[holders]

    def _changes(self, holders: tuple[type, ...]) -> Iterator[tuple[str, str]]:
        seen: set[str] = set()
        for holder in holders:
            for binding in bindings_of(holder):
                chosen = self.chosen.get(binding.id or "", "")
                for key in binding.key.split(","):
                    if key not in seen and chosen:
                        yield key, chosen.partition(",")[0]
                    seen.add(key)


def bindings_of(holder: type) -> Iterator[Binding]:
    """Its own bindings and those of what it is made from, its own first."""
    for base in holder.__mro__:
        for binding in vars(base).get("BINDINGS", ()):
            if isinstance(binding, Binding):
                yield binding


def _key(hit: Hit) -> str:
    return hit.node.removeprefix(KEY) if hit.node.startswith(KEY) else ""


def _rewritten(row: Row, hit: Hit, key: str) -> tuple[Row, Hit]:
    """The row with another key's name at the left of a hit, unless it is drawn with that already. A longer name takes
    the blanks behind its word, then those before it; only where there are none is the word cut, never the gap."""
    cells = [(character, replace(span, text="")) for span in row for character in span.text]
    old, new = key_name(_key(hit)), key_name(key)
    pressed = replace(hit, node=KEY + key)
    text = "".join(character for character, _ in cells)
    left, right = hit.left, hit.right
    if not f"{text[left:right]} ".startswith(f"{old} "):
        return row, pressed
    grow = len(new) - len(old)
    while right - hit.right < grow and right < len(text) - 1 and text[right : right + 2] == "  ":
        right += 1
    while right - hit.right + hit.left - left < grow and left > 1 and text[left - 2 : left] == "  ":
        left -= 1
    look = cells[hit.left][1]
    word = cells[hit.left + len(old) : hit.right]
    changed = [*((character, look) for character in new), *word]
    changed += [(" ", look)] * (right - left - len(changed))
    cells[left:right] = changed[: right - left]
    runs = groupby(cells, lambda cell: cell[1])
    rewritten = tuple(replace(look, text="".join(character for character, _ in run)) for look, run in runs)
    return rewritten, replace(pressed, left=left, right=right)


DRAWN = Keymap()
"""The keys of the product."""
