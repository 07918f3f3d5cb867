"""The recorded appliances judge the lab: a fault that reproduces a recorded state agrees with it in every fact."""

import json
import time
from pathlib import Path

import pytest

from tests.lab import lab_facts
from tests.lab.bench import Bench
from tests.lab.capture_facts import EXPECTED, Facts, differences
from tests.lab.faults import FAULTS

HEALTHY = "healthy"
# Some facts take their time: three failed health checks, a server's next check after a start.
PATIENCE = 15.0

CASES = {fault.capture: fault.name for fault in FAULTS.values() if fault.capture} | {HEALTHY: ""}
OLDER = {name.removeprefix("deb11-"): name for name in sorted(path.stem for path in EXPECTED.glob("deb11-*.json"))}


def expected(name: str) -> Facts:
    facts: Facts = json.loads((EXPECTED / f"{name}.json").read_text())
    return facts


def break_and_compare(lab: Bench, state: str, recording: str) -> None:
    if CASES[state]:
        lab.apply(CASES[state])
    else:
        lab.reboot()
        lab.wait_until_serving()
    facts = expected(recording)
    deadline = time.monotonic() + PATIENCE
    while differing := differences(facts["appliance"], lab_facts.of_appliance(lab)):
        if time.monotonic() > deadline:
            pytest.fail("\n".join(differing))
        time.sleep(0.3)
    differing = differences(facts["clients"], lab_facts.of_clients(lab))
    assert not differing, "\n".join(differing)


@pytest.mark.parametrize("state", sorted(CASES))
def test_a_fault_agrees_with_its_recording(lab: Bench, state: str) -> None:
    break_and_compare(lab, state, state)


@pytest.mark.parametrize("state", sorted(OLDER))
def test_it_also_agrees_with_the_older_haproxy(bench: Bench, state: str) -> None:
    bench.fresh(release="bullseye")
    break_and_compare(bench, state, OLDER[state])


def test_every_recorded_state_has_a_fault() -> None:
    states = {path.stem for path in Path(EXPECTED).glob("*.json") if not path.stem.startswith("deb11-")}
    assert states == set(CASES)
