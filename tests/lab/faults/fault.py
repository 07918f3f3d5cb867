"""What a fault is, and the one list of them that tests, the demo's conformance test and people share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.lab.laboratory import Laboratory

# Where it is active the Data Plane API takes a moment longer than its unit says until it listens.
_API_LISTENS: Final = (
    "for _ in $(seq 50); do systemctl -q is-active dataplaneapi || exit 0; "
    "ss -Hltn sport = :5556 | grep -q . && exit 0; sleep 0.1; done"
)

Break = Callable[[Laboratory], None]


@dataclass(frozen=True)
class Fault:
    """One way to break an appliance.

    `codes` are the catalogue's rows it shows on the newest build. `capture` names the recorded state it reproduces, if
    one was recorded. A `live` fault happens to a running appliance; the others are in its files when it boots.
    """

    name: str
    story: str
    codes: tuple[str, ...]
    capture: str
    live: bool
    break_it: Break

    def apply(self, lab: Laboratory) -> None:
        """Break the appliance (booting it first where the fault needs that) and wait until it has come to rest."""
        if self.live and not lab.box.is_on:
            lab.reboot()
            lab.wait_until_serving()
        self.break_it(lab)
        if not self.live:
            lab.reboot()
        lab.box.settle()
        lab.box.run(_API_LISTENS)


FAULTS: Final[dict[str, Fault]] = {}


def fault(*codes: str, capture: str = "", live: bool = False) -> Callable[[Break], Break]:
    """Register a function as a fault: its name with dashes is the fault's name, its docstring the story."""

    def register(break_it: Break) -> Break:
        name = break_it.__name__.replace("_", "-")
        story = " ".join((break_it.__doc__ or "").split())
        FAULTS[name] = Fault(name, story, codes, capture, live, break_it)
        return break_it

    return register
