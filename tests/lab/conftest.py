"""Fixtures of the lab. Whatever uses them is marked `lab`; where the lab cannot boot it is skipped, naming what is
missing, or fails where NOROUTE_LAB_REQUIRED=1.
"""

import os
from collections.abc import Iterator

import pytest

from tests.lab.bench import Bench
from tests.lab.packages import what_is_missing


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "bench" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.lab)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how long the lab took: from its first test to the end of its last, in whatever process each of them ran."""
    outcomes = (report for reports in terminalreporter.stats.values() for report in reports)
    lab = [one for one in outcomes if isinstance(one, pytest.TestReport) and "lab" in one.keywords and not one.skipped]
    if lab:
        seconds = max(one.stop for one in lab) - min(one.start for one in lab)
        terminalreporter.write_line(f"lab: {len({one.nodeid for one in lab})} tests in {seconds:.0f} s")


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    """One site for the whole session: networks, jump host, far client, Supervisor servers. No appliance yet."""
    missing = what_is_missing()
    if missing:
        words = f"the lab needs {' and '.join(missing)}"
        if os.environ.get("NOROUTE_LAB_REQUIRED") == "1":
            pytest.fail(words)
        pytest.skip(words)
    built = Bench.build()
    try:
        yield built
    finally:
        built.close()


@pytest.fixture
def lab(bench: Bench) -> Bench:
    """A pristine appliance on a pristine site, switched off: `apply` a fault, or `reboot()` to boot it healthy."""
    bench.fresh()
    return bench


@pytest.fixture
def healthy_lab(lab: Bench) -> Bench:
    """A booted appliance with nothing wrong: the login banner comes through the VIP."""
    lab.reboot()
    lab.wait_until_serving()
    return lab
