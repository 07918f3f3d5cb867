"""``/etc/vmware/anyip-routes.cfg`` as the appliance's own script takes it.

The script drops only lines whose first character is ``#`` and empty ones, trims nothing, and loses a last line
without newline (catalogue rows A11, A13, A14, A15).
"""

from __future__ import annotations

from dataclasses import dataclass

from checks.addresses import Kind, Network, Spelling, spelling
from checks.evidence.files import File


@dataclass(frozen=True, slots=True)
class RangeLine:
    """One line that names a range. ``text`` is exact (U+FFFD for bytes that are not UTF-8); ``read`` is False for
    an unterminated last line, which the appliance never sees."""

    number: int
    text: str
    typed: Spelling
    read: bool

    @property
    def network(self) -> Network | None:
        """The range the kernel would route for it, or None where it refuses.

        A bare address counts as /32, a dotted mask is understood; blanks around are passed on by the script but
        ``ip`` does not mind leading ones.
        """
        if self.typed.kind in (Kind.NETWORK, Kind.HOST, Kind.DOTTED_MASK) and self.text == self.text.rstrip():
            network = self.typed.network
            if network is not None and self.typed.host_part == 0:
                return network
        return None


def parse(file: File) -> tuple[RangeLine, ...]:
    """The lines that name ranges, in order."""
    found = []
    for number, raw in enumerate(file.lines, 1):
        text = raw.decode("utf-8", "replace")
        if not text or text.startswith("#"):
            continue
        last = number == len(file.lines)
        found.append(RangeLine(number, text, spelling(text), read=file.ended or not last))
    return tuple(found)
