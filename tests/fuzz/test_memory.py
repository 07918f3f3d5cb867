"""Memory is bounded, whatever an appliance says."""

import tracemalloc
from random import Random

import pytest

from tests.fuzz.parsers import SECTIONS, section

RANDOM = Random(5).randbytes(1_000_000)
# The worst of them takes a fifth of this, pictures and reports included.
MOST = 100_000_000


@pytest.mark.parametrize("name", SECTIONS)
def test_a_megabyte_of_random_bytes_as_any_section_takes_bounded_memory(name: str) -> None:
    tracemalloc.start()
    try:
        section(name, RANDOM)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MOST
