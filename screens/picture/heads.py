"""Where clients stand: the heads of the map, one per vantage that is not the appliance itself."""

from __future__ import annotations

from dataclasses import dataclass

from checks.model import Vantage


@dataclass(frozen=True, slots=True)
class Head:
    """A place that probes start from, as the screen names it.

    ``label`` is "this machine" or the jump host's name, ``address`` the address it sends from,
    ``way`` how it reaches the VIPs' network: "routed", "on-link" or "" where that is not known.
    ``users`` says that its answer is what users see; where no head says so, it is the last one.
    """

    vantage: Vantage
    label: str
    address: str = ""
    way: str = ""
    users: bool = False

    @property
    def whereabouts(self) -> str:
        """``10.10.99.10 routed``, as much of it as is known."""
        return " ".join(part for part in (self.address, self.way) if part)


def users_head(heads: tuple[Head, ...]) -> Head | None:
    """The head whose answer counts as what users see."""
    return next((head for head in heads if head.users), heads[-1] if heads else None)
