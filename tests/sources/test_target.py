"""What the words of a command line mean, and what is said to words that mean nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.refusal import Refusal
from checks.sources.target import (
    Place,
    Target,
    parse_fingerprint,
    parse_jumps,
    parse_place,
    parse_port,
    parse_target,
)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("haproxy.lab", Place("haproxy.lab")),
        ("root@192.168.100.10", Place("192.168.100.10", "root")),
        ("root@haproxy.lab:2222", Place("haproxy.lab", "root", 2222)),
        ("ssh://root@haproxy.lab:2222/", Place("haproxy.lab", "root", 2222)),
        ("DOMAIN+anna@corp@jump", Place("jump", "DOMAIN+anna@corp")),
        ("my_alias", Place("my_alias")),
    ],
)
def test_places(text: str, place: Place) -> None:
    assert parse_target(text) == place


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is no host"),
        ("@haproxy", "no user before the @"),
        ("-oProxyCommand=x", "is no host"),
        ("-x@haproxy", "is no host"),
        ("root@ha proxy", "is no host"),
        ("haproxy:0", "no port"),
        ("haproxy:65536", "no port"),
        ("haproxy:", "no port"),
        ("haproxy:٣", "no port"),
        ("haproxy:99999999999999999999", "no port"),
        ("fe80::1", "IPv4 addresses only"),
        ("::1", "IPv4 addresses only"),
        ("[::1]:22", "IPv4 addresses only"),
        ("ssh://root@[::1]:22", "IPv4 addresses only"),
        ("10.0.0.1:22:33", "wants brackets"),
        ("[fe80::1]:22", "IPv4 addresses only"),
    ],
)
def test_what_is_no_target_is_refused_with_what_would_be_right(text: str, says: str) -> None:
    with pytest.raises(Refusal, match=says) as refused:
        parse_target(text)
    assert refused.value.exit_code == 2


def test_a_jump_host_may_have_an_ipv6_address() -> None:
    assert parse_jumps("me@[::1]:2222") == (Place("::1", "me", 2222),)
    assert parse_jumps("anna@[2001:db8::1]:2222,second") == (
        Place("2001:db8::1", "anna", 2222),
        Place("second"),
    )
    assert parse_jumps("none") == ()


@given(st.builds(Place, st.from_regex(r"[a-z0-9][a-z0-9.-]{0,20}", fullmatch=True), st.just("root"), st.just(22)))
def test_a_place_can_be_typed_again(place: Place) -> None:
    assert parse_place(str(place)) == place


@given(st.text(max_size=12))
def test_any_text_is_a_port_or_refused(text: str) -> None:
    try:
        assert 0 < parse_port(text) < 65536
    except Refusal as refused:
        assert refused.exit_code == 2


def test_a_fingerprint_is_checked() -> None:
    good = "SHA256:" + "A" * 43
    assert parse_fingerprint(good) == good
    with pytest.raises(Refusal, match="ssh-keygen -l"):
        parse_fingerprint("MD5:aa:bb")


def test_a_password_is_not_in_the_repr() -> None:
    assert "hunter2" not in repr(Target("haproxy", password="hunter2"))
