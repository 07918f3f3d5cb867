"""The demo held to the lab: the same fault gives the same roots, findings and node states.

Where the two differ the simulated site is wrong.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from checks.model import Diagnosis
from checks.prompts import NeverAsk
from tests.lab.bench import Bench
from tests.lab.product.doctor import read
from tui import session_opening
from tui.arguments import parse
from tui.demo.scenario import scenario_names

# Each scenario of the demo and the lab's fault of the same cause; "" is no fault at all.
TWINS: Final = {
    "no-route-to-host": "host-bits",
    "dead-after-deployment": "dash-range",
    "all-green": "no-final-newline",
    "dead-after-restart": "vip-outside-ranges",
    "healthy": "",
}
# The further service is called otherwise in the two.
NAMES: Final = {"cluster:shop-web-https": "cluster:demo-web"}


def findings(diagnosis: Diagnosis) -> Mapping[str, object]:
    """Each finding with what is built on it: how bad it is, where, what explains it, whether it can be repaired."""
    return {
        found.id: (found.severity, found.node, found.explained_by, found.fix is not None)
        for found in diagnosis.findings
    }


def states(diagnosis: Diagnosis) -> Mapping[str, object]:
    return {NAMES.get(node.id, node.id): node.state for node in diagnosis.nodes}


async def simulated(scenario: str) -> Diagnosis:
    """What one reading of the demo says, by the way that the command line takes."""
    way = session_opening.way_of(parse(["check", "--demo", scenario]))
    async with way.open(NeverAsk()) as session:
        return (await session.once()).diagnosis


def test_every_scenario_has_its_fault() -> None:
    assert sorted(scenario_names()) == sorted(TWINS)


@pytest.mark.parametrize("scenario", sorted(TWINS))
async def test_the_demo_shows_what_the_lab_shows(lab: Bench, state: Path, scenario: str) -> None:
    if TWINS[scenario]:
        lab.apply(TWINS[scenario])
    else:
        lab.reboot()
        lab.wait_until_serving()
    real, demo = await read(lab, state), await simulated(scenario)
    assert demo.roots == real.roots
    assert findings(demo) == findings(real)
    assert states(demo) == states(real)
    assert demo.verdict == real.verdict
