"""The question whether to trust a host's key that is not known yet."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from checks.model import State
from checks.prompts import HostKey
from screens.footer import FooterKey
from screens.framed import FramedScreen
from screens.lines import BOLD, put_paragraph
from screens.picture.canvas import Canvas
from screens.picture.cells import Picture, Role
from screens.question import put_facts


class HostKeyScreen(FramedScreen[bool]):
    """True where the person trusts the key."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "trust it", id="key.trust"),
        Binding("n,q,escape", "answer(False)", "do not", id="key.refuse"),
    ]
    fills = False

    def __init__(self, key: HostKey) -> None:
        super().__init__()
        self._key = key

    def title_words(self) -> tuple[str, str]:
        """Which host it is."""
        return f"NEW HOST KEY  {self._key.hop}", "not connected yet"

    def hop(self) -> tuple[str, State]:
        """Who asks."""
        return self._key.hop, State.CHECKING

    def content(self, width: int, room: int) -> Picture:
        """The key, and how to make sure that it is the right one."""
        del room
        key, canvas = self._key, Canvas(width)
        y = put_paragraph(canvas, 0, 0, "No known_hosts file has a key of this host.", width) + 1
        facts = (
            ("host", f"{key.host} port {key.port}", BOLD),
            ("type", key.type, Role.TEXT),
            ("key", key.fingerprint, BOLD),
        )
        y = put_facts(canvas, y, facts) + 1
        y = put_paragraph(canvas, 0, y, "Compare it with what the host says of itself, at its console:", width)
        canvas.put(0, y, "$ ", Role.DIM)
        canvas.put(2, y, "for k in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $k; done")
        put_paragraph(canvas, 0, y + 2, "Trusted once, it is kept in noroute's own known_hosts.", width, pen=Role.DIM)
        return canvas.picture()

    def frame_keys(self) -> list[FooterKey]:
        """Trust or not."""
        return [FooterKey("y", "trust it from now on"), FooterKey("n", "do not connect")]

    def action_answer(self, trust: bool) -> None:
        """The answer."""
        self.dismiss(trust)
