"""Pools of addresses, each as its first and last one: what they hold together, and what lies in none."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address

from checks.addresses import Kind, Network, Spelling

Pool = tuple[IPv4Address, IPv4Address]
_LAST = 2**32 - 1


def wizard_pool(found: Spelling) -> Pool | None:
    """What Workload Management hands out. Its review page prints start and count, which looks like a network with host
    bits."""
    return found.as_count if found.kind is Kind.HOST_BITS else found.bounds


def pool_of(network: Network) -> Pool:
    """All addresses of a network."""
    return network[0], network[-1]


def row(start: IPv4Address, count: int) -> Pool:
    """``count`` addresses from ``start`` on, fewer where the address space ends."""
    return start, IPv4Address(min(int(start) + count - 1, _LAST))


def merged(pools: Iterable[Pool]) -> tuple[Pool, ...]:
    """The same addresses in ascending pools that neither overlap nor touch."""
    found: list[Pool] = []
    for first, last in sorted(pools):
        if found and int(first) <= int(found[-1][1]) + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def size(pools: Iterable[Pool]) -> int:
    """How many addresses the pools hold together."""
    return sum(int(last) - int(first) + 1 for first, last in merged(pools))


def overlap(one: Pool, other: Pool) -> bool:
    """Whether an address lies in both."""
    return one[0] <= other[1] and other[0] <= one[1]


def first_outside(pool: Pool, others: Iterable[Pool]) -> IPv4Address | None:
    """The lowest address of a pool that lies in none of the others."""
    at = int(pool[0])
    for first, last in merged(others):
        if int(first) <= at <= int(last):
            at = int(last) + 1
    return IPv4Address(at) if at <= int(pool[1]) else None
