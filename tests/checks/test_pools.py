"""Pools of addresses, against the sets that they stand for."""

from __future__ import annotations

from ipaddress import IPv4Address

from hypothesis import given
from hypothesis import strategies as st

from checks.addresses import spelling
from checks.pools import Pool, first_outside, merged, overlap, row, size, wizard_pool

POOLS = st.tuples(st.integers(0, 40), st.integers(0, 12)).map(
    lambda both: (IPv4Address(both[0]), IPv4Address(sum(both)))
)


def held(*pools: Pool) -> set[int]:
    return {at for first, last in pools for at in range(int(first), int(last) + 1)}


@given(POOLS, st.lists(POOLS, max_size=5))
def test_pools_are_sets(pool: Pool, others: list[Pool]) -> None:
    assert held(*merged(others)) == held(*others)
    assert size(others) == len(held(*others))
    assert all(
        int(left[1]) + 1 < int(right[0]) for left, right in zip(merged(others), merged(others)[1:], strict=False)
    )
    outside = first_outside(pool, others)
    assert outside == min(map(IPv4Address, held(pool) - held(*others)), default=None)
    assert all(overlap(pool, other) == bool(held(pool) & held(other)) for other in others)


def test_a_row_ends_where_the_addresses_end() -> None:
    assert row(IPv4Address("255.255.255.254"), 5) == (IPv4Address("255.255.255.254"), IPv4Address("255.255.255.255"))


def test_the_wizard_prints_start_and_count() -> None:
    bounds = {text: wizard_pool(spelling(text)) for text in ("10.10.18.19/11", "10.10.18.16/28", "10.10.18.19-29")}
    assert {text: "-".join(map(str, pool or ())) for text, pool in bounds.items()} == {
        "10.10.18.19/11": "10.10.18.19-10.10.18.29",
        "10.10.18.16/28": "10.10.18.16-10.10.18.31",
        "10.10.18.19-29": "10.10.18.19-10.10.18.29",
    }
