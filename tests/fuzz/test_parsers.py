"""What the fuzzer looks for at length, looked for at each run of the tests: no parser raises what it should not, and
none takes long over a megabyte."""

import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.evidence.manifest import ITEMS
from checks.sources.tls import describe
from tests.fuzz.parsers import PARSERS, SECTIONS

# Ten times what the slowest takes on a slow machine that has other things to do.
LONGEST = 20.0


def changed(seed: bytes, data: st.DataObject) -> bytes:
    """The seed with a few of its parts replaced, doubled or taken away."""
    for _ in range(data.draw(st.integers(0, 4))):
        start = data.draw(st.integers(0, len(seed)))
        end = min(len(seed), start + data.draw(st.integers(0, 12)))
        seed = seed[:start] + data.draw(st.binary(max_size=8) | st.just(seed[start:end] * 2)) + seed[end:]
    return seed


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_parser_raises_what_it_should_not(name: str, data: st.DataObject) -> None:
    parser = PARSERS[name]
    PARSERS[name](data.draw(st.binary(max_size=300)))
    if parser.seeds:
        parser(changed(data.draw(st.sampled_from(parser.seeds)), data))


@pytest.mark.parametrize("name", PARSERS)
def test_a_megabyte_is_taken_in_bounded_time(name: str) -> None:
    parser, random = PARSERS[name], Random(name)
    seed, most = b"".join(parser.seeds), parser.most
    started = time.monotonic()
    for data in (random.randbytes(most), (seed * (most // len(seed) + 1))[:most], b"a" * most):
        parser(data)
    assert time.monotonic() - started < LONGEST


@pytest.mark.parametrize("name", PARSERS)
def test_each_example_is_understood(name: str) -> None:
    for seed in PARSERS[name].seeds:
        PARSERS[name].feed(seed)


def test_every_section_that_is_read_has_its_example() -> None:
    assert {item.name for item in ITEMS} <= set(SECTIONS)
    assert len(PARSERS["sections"].seeds) == len(SECTIONS)


def test_a_certificate_of_no_known_version() -> None:
    (der,) = PARSERS["certificate"].seeds
    version = bytes((0xA0, 3, 2, 1, 2))
    assert version in der
    assert describe(der.replace(version, version[:-1] + b"\x2c")) == "certificate not readable"


def test_a_certificate_with_a_name_of_an_odd_type() -> None:
    (der,) = PARSERS["certificate"].seeds
    name = b"\x0c\rhaproxy.local"
    assert name in der
    assert describe(der.replace(name, b"\x03\r\0aproxy.local")) == "certificate not readable"
