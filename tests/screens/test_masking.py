"""The mask: other addresses and names, as long, always the same, and the arithmetic still true."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from checks.snapshot import Snapshot
from screens.masking import Mask
from tests import samples
from tests.screens.network import mapped
from tests.screens.site import ORIGIN, SampleApp, screen_text, snapshot, until

_OWN = ("jarvis", "jump01", "10.10.18", "10.10.17", "10.10.99", "192.168.100", "tkc-1")


def learnt(moment: Snapshot | None = None) -> Mask:
    mask = Mask()
    mask.learn(moment or mapped(samples.article()))
    return mask


@pytest.mark.parametrize(
    "text",
    ["97.9 ms", "2.2.2", "18 = 16 + 2", " 16 17 18 19", ".19:443 and .20", "0.0.0.0/0", "127.0.0.1:5555", "jump host"],
)
def test_what_tells_nothing_stays(text: str) -> None:
    assert learnt().text(text) == text


@pytest.mark.parametrize("cut", ["10.10.18.1..", "10.10.18..", "10.10.1..", "haproxy.jar..", "jump.. jump01"])
def test_what_is_cut_hides_as_well(cut: str) -> None:
    shown = learnt().text(cut)
    assert len(shown) == len(cut)
    assert not any(own in shown for own in ("10.10.1", "jar", "jump01"))


def test_a_subnet_remains_one_and_each_another() -> None:
    mask = learnt()
    vip, other, lane = (mask.text(text) for text in ("10.10.18.19:443", "10.10.18.16/28", "10.10.17.2"))
    assert vip.rpartition(".")[0] == other.rpartition(".")[0] != lane.rpartition(".")[0]
    assert vip.endswith(".19:443") and other.endswith(".16/28")
    assert vip.split(".")[:2] == lane.split(".")[:2]
    assert mask.text("scrolled: 10.18.19 answers").split()[1] == vip.partition(".")[2].partition(":")[0]


def test_a_wide_network_keeps_the_octet_that_its_mask_cuts() -> None:
    healthy = samples.healthy()
    wide = tuple(replace(n, note="10.10.16.0/22") if n.note == "10.10.18.0/24" else n for n in healthy.nodes)
    mask = learnt(snapshot(replace(healthy, nodes=wide)))
    assert mask.text("10.10.18.19").endswith(".18.19")
    assert not mask.text("10.10.20.19").endswith(".20.19")


def test_a_host_is_hidden_by_its_full_name_and_by_the_first_part() -> None:
    mask = learnt(snapshot(samples.article(), origin=replace(ORIGIN, target="bob@lb-prod.jarvis.lab", user="bob")))
    shown = mask.text("bob@lb-prod.jarvis.lab, lb-prod: haproxy on lb-prod.")
    assert shown == "u-1@host-1x.site-1.lab, host-1x: haproxy on host-1x."


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 50)])
async def test_a_masked_screen_tells_no_name_and_no_address(size: tuple[int, int]) -> None:
    app = SampleApp(mapped(samples.article()))
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, "BROKEN")
        clear = screen_text(app)
        await pilot.press("m")
        await until(pilot, "other addresses and names")
        app.clear_notifications()
        shown = await until(pilot, "other addresses", gone=True)
        assert not [own for own in _OWN if own in shown]
        assert [len(row) for row in shown.splitlines()] == [len(row) for row in clear.splitlines()]
        assert "18 = 16 + 2" in shown
        bases = {found[1] for found in re.finditer(r"(\d+\.\d+\.\d+)\.1[68]/28", shown)}
        assert len(bases) == 1
        await pilot.press("m")
        app.clear_notifications()
        assert "10.10.18.18/28" in screen_text(app)


async def test_a_message_tells_no_true_name_on_a_masked_screen() -> None:
    said = "saved: /srv/noroute-jump01-20201120, read from haproxy.jarvis.lab, 10.10.18.19:443"
    app = SampleApp(mapped(samples.article()))
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await until(pilot, "BROKEN")
        app.main.notify(said)
        assert "noroute-jump01" in await until(pilot, "saved: ")
        await pilot.press("m")
        shown = await until(pilot, "m shows the true ones")
        assert "saved: " not in shown and not [own for own in _OWN if own in shown]
        app.main.notify(said)
        shown = await until(pilot, "saved: ")
        assert not [own for own in _OWN if own in shown]
        await pilot.press("m")
        assert "saved: " not in await until(pilot, "true again")


@pytest.mark.parametrize("masked", [False, True])
async def test_before_a_capture_is_saved_it_says_that_the_mask_is_not_in_it(masked: bool) -> None:
    app = SampleApp(mapped(samples.article()))
    app.main.errands.keep = lambda folder, moment: None
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "BROKEN")
        await pilot.press(*("m" if masked else ""), "s")
        said = "The mask is on the screen only"
        assert (said in await until(pilot, "SAVE A CAPTURE")) is masked
