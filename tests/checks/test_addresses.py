"""Addresses however they are typed."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from checks.addresses import (
    Glyph,
    Kind,
    RulerMark,
    address,
    block_ruler,
    host_bits_words,
    host_octets_span,
    short,
    smallest_block,
    spelling,
)

ADDRESSES = st.integers(0, 2**32 - 1).map(IPv4Address)
PREFIXES = st.integers(0, 32)
DIGITS = "0123456789"
TYPED = st.text(st.sampled_from(DIGITS + "./-– ,:afx\t²٣"), max_size=40)
CIDRS = st.builds(lambda at, prefix: f"{at}/{prefix}", ADDRESSES, PREFIXES)
DASHES = st.builds(lambda a, b: f"{a}-{b}", ADDRESSES, ADDRESSES)


@pytest.mark.parametrize(
    ("text", "kind", "network"),
    [
        ("10.10.18.16/28", Kind.NETWORK, "10.10.18.16/28"),
        ("10.10.18.18/28", Kind.HOST_BITS, "10.10.18.16/28"),
        ("10.10.18.19/11", Kind.HOST_BITS, "10.0.0.0/11"),
        ("10.10.18.19", Kind.HOST, "10.10.18.19/32"),
        ("10.10.18.19/32", Kind.NETWORK, "10.10.18.19/32"),
        ("0.0.0.0/0", Kind.NETWORK, "0.0.0.0/0"),
        ("10.10.18.17-10.10.18.30", Kind.DASH, "10.10.18.16/28"),
        ("10.10.18.17 – 30", Kind.DASH, "10.10.18.16/28"),
        ("10.10.18.16/255.255.255.240", Kind.DOTTED_MASK, "10.10.18.16/28"),
        ("10.10.18.16/0.0.0.15", Kind.OUT_OF_RANGE, None),
        ("10.10.18.16/255.0.255.0", Kind.OUT_OF_RANGE, None),
        ("/28", Kind.PREFIX, None),
        ("/33", Kind.OUT_OF_RANGE, None),
        ("10.10.18.16/33", Kind.OUT_OF_RANGE, None),
        ("10.10.18.300/28", Kind.OUT_OF_RANGE, None),
        ("10.10.018.16/28", Kind.OUT_OF_RANGE, None),
        ("10.10.18.16/28,10.10.18.64/28", Kind.LIST, None),
        ("fd00::/64", Kind.IPV6, None),
        ("::1", Kind.IPV6, None),
        ("10.10.18/24", Kind.NOTHING, None),
        ("10.10.18.16/٢٨", Kind.NOTHING, None),
        ("", Kind.NOTHING, None),
        ("12:34", Kind.NOTHING, None),
    ],
)
def test_what_was_typed_is_recognised(text: str, kind: Kind, network: str | None) -> None:
    found = spelling(text)
    assert found.kind is kind
    if network is not None or kind is not Kind.OUT_OF_RANGE:
        assert found.network == (IPv4Network(network) if network else None)


@given(st.one_of(st.text(max_size=60), TYPED, CIDRS, DASHES))
@example("10.10.18.30-10.10.18.17")
@example("9999999999.1.1.1/9999999999")
@example("1.1.1.1/" + "9" * 10)
def test_any_text_can_be_asked_everything(text: str) -> None:
    found = spelling(text)
    network = found.network
    assert found.text == text.strip()
    assert found.host_part >= 0 and isinstance(found.exact, tuple)
    assert found.as_count is None or found.as_count[0] == found.address
    assert network is None or found.address is None or found.address in network
    start, end = host_octets_span(found)
    assert 0 <= start <= end <= len(found.text)
    assert bool(host_bits_words(found)) is bool(found.host_part)
    ruler = block_ruler(found)
    assert (ruler is None) is (network is None)


@given(ADDRESSES, PREFIXES)
def test_a_cidr_is_the_network_that_holds_it(at: IPv4Address, prefix: int) -> None:
    found = spelling(f"{at}/{prefix}")
    assert found.network == IPv4Network((at, prefix), strict=False)
    assert found.kind is (Kind.HOST_BITS if found.host_part else Kind.NETWORK)
    assert found.network.network_address + found.host_part == at


@given(ADDRESSES, PREFIXES)
def test_the_words_add_up_and_the_span_is_what_they_speak_of(at: IPv4Address, prefix: int) -> None:
    found = spelling(f"{at}/{prefix}")
    words = host_bits_words(found)
    start, end = host_octets_span(found)
    if not found.host_part:
        assert words == "" and (start, end) == (0, len(found.text))
        return
    assert found.network is not None
    # Everything before the span is as in the right network, its first octet is not.
    right = str(found.network.network_address)
    assert found.text[:start] == right[:start]
    guilty = found.text[start:end].split(".")
    assert guilty[0] != right[start:].split(".")[0]
    assert found.text[end] == "/"
    left, _, sum_ = words.partition(" = ")
    if sum_:
        base, extra = map(int, sum_.split(" + "))
        assert int(left) == base + extra and extra > 0
    else:
        base_text, extra_text = words.split(" + ")
        assert IPv4Address(base_text) + int(extra_text) == at


@given(ADDRESSES, ADDRESSES)
def test_the_smallest_block_holds_both_and_its_half_does_not(one: IPv4Address, other: IPv4Address) -> None:
    block = smallest_block(one, other)
    assert one in block and other in block
    assert block.prefixlen == 32 or not any(one in half and other in half for half in block.subnets())


@given(ADDRESSES, st.integers(0, 5000))
def test_the_exact_networks_of_a_dash_range_hold_it_and_nothing_else(first: IPv4Address, more: int) -> None:
    last = IPv4Address(min(int(first) + more, 2**32 - 1))
    found = spelling(f"{first}-{last}")
    assert found.kind is Kind.DASH
    assert sum(network.num_addresses for network in found.exact) == int(last) - int(first) + 1
    assert found.exact[0][0] == first and found.exact[-1][-1] == last


@given(st.one_of(CIDRS, DASHES, ADDRESSES.map(str)), st.lists(ADDRESSES, max_size=5))
@example("10.10.18.200-10.10.19.20", [])
def test_everything_on_the_ruler_lies_in_its_block(text: str, others: list[IPv4Address]) -> None:
    ruler = block_ruler(spelling(text), tuple(RulerMark(at, Glyph.VIP, str(at)) for at in others))
    if ruler is None:
        return
    assert ruler.block.num_addresses <= 256
    assert all(mark.address in ruler.block for mark in ruler.marks)
    assert ruler.meant[0] in ruler.block and ruler.meant[1] in ruler.block and ruler.meant[0] <= ruler.meant[1]
    assert list(ruler.marks) == sorted(ruler.marks, key=lambda mark: mark.address)
    written = [part for each in ruler.write for part in each.split(", ")]
    assert all(spelling(part).kind is Kind.NETWORK for part in written)


def test_the_article_on_the_ruler() -> None:
    ruler = block_ruler(spelling("10.10.18.18/28"), (RulerMark(IPv4Address("10.10.18.19"), Glyph.VIP, ".19 VIP"),))
    assert ruler is not None
    assert str(ruler.block) == "10.10.18.16/28" and ruler.write == ("10.10.18.16/28",)
    assert [(str(mark.address), mark.glyph) for mark in ruler.marks] == [
        ("10.10.18.16", Glyph.START),
        ("10.10.18.18", Glyph.TYPED),
        ("10.10.18.19", Glyph.VIP),
    ]
    assert host_bits_words(spelling("10.10.18.18/28")) == "18 = 16 + 2"
    assert host_bits_words(spelling("10.10.16.5/20")) == "10.10.16.0 + 5"
    assert host_bits_words(spelling("10.10.18.18/16")) == "18 = 0 + 18"


def test_the_articles_slips() -> None:
    network = spelling("10.10.18.0/25").network
    assert network is not None and network.num_addresses - 2 == 126
    count = spelling("10.10.18.19/11").as_count
    assert count is not None and list(map(str, count)) == ["10.10.18.19", "10.10.18.29"]
    assert spelling("255.255.255.250/11").as_count is None and spelling("10.0.0.0/0").as_count is None


def test_short_leaves_out_what_the_network_says() -> None:
    network = IPv4Network("10.10.18.16/28")
    assert short(IPv4Address("10.10.18.19"), network) == ".19"
    assert short(IPv4Address("10.10.18.32"), network) == "10.10.18.32"
    assert short(IPv4Address("10.10.18.19"), IPv4Network("10.10.0.0/16")) == "10.10.18.19"
    assert short(IPv4Address("10.10.18.19"), None) == "10.10.18.19"


@given(st.text(max_size=30))
def test_an_address_is_a_dotted_quad_or_none(text: str) -> None:
    at = address(text)
    assert at is None or str(at) == text
