"""Fixtures of the lab. Whatever uses them is marked `lab`; where the lab cannot boot it is skipped, naming what is
missing, or fails where NOROUTE_LAB_REQUIRED=1.
"""

from collections.abc import Iterator

import pytest

from tests.lab.bench import Bench
from tests.lab.packages import what_is_missing
from tests.required import missing


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "bench" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.lab)


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    """One site for the whole session: networks, jump host, far client, Supervisor servers. No appliance yet."""
    lacks = what_is_missing()
    if lacks:
        missing(f"the lab needs {' and '.join(lacks)}")
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
