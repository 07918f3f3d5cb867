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
        if not self.chosen:
            return picture
        if holders not in self._known:
            self._known[holders] = dict(self._changes(holders))
        changes = self._known[holders]
        old = picture.hits
        wanted = [(hit, changes[key]) for hit in old if (key := _key(hit)) in changes]
        if not wanted:
            return picture
        rows = list(picture.rows)
        for hit, key in wanted:
            rows[hit.row] = _rewritten(rows[hit.row], hit, key)
        hits = (replace(hit, node=KEY + changes.get(_key(hit), _key(hit))) if _key(hit) else hit for hit in old)
        return Picture(tuple(rows), tuple(hits), picture.stops)

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


def _rewritten(row: Row, hit: Hit, key: str) -> Row:
    """The row with another key's name at the left of a hit. A longer name moves the word behind it, as far as there
    are blanks behind that."""
    cells = [(character, replace(span, text="")) for span in row for character in span.text]
    old, new = key_name(_key(hit)), key_name(key)
    text = "".join(character for character, _ in cells)
    if not text.startswith(old, hit.left):
        return row
    after = hit.left + len(old)
    right = hit.right
    grow = len(new) - len(old)
    while grow > 0 and right < len(text) - 1 and right - hit.right < grow and text[right : right + 2] == "  ":
        right += 1
    look = cells[hit.left][1]
    changed = [(character, look) for character in new] + cells[after : hit.right]
    changed += [(" ", look)] * (right - hit.left - len(changed))
    cells[hit.left : right] = changed[: right - hit.left]
    return tuple(
        replace(look, text="".join(character for character, _ in run)) for look, run in groupby(cells, lambda c: c[1])
    )


DRAWN = Keymap()
"""The keys of the product."""
