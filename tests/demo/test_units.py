"""The units as they behave on the appliance: what starts, what fails, what notices an edit."""

from __future__ import annotations

import pytest

from checks.evidence.manifest import ANYIP_CFG, HAPROXY_CFG, RT_TABLES
from tests.demo.way import appliance_of, said, shell_of
from tui.demo import seed
from tui.demo.appliance import Appliance


def lines(box: Appliance, unit: str) -> list[str]:
    """What a unit wrote."""
    return [row.text for row in box.journal.of([unit])]


def ranges(box: Appliance) -> list[str]:
    """The ranges that the kernel answers for."""
    return [route.destination for route in box.kernel.routes if route.kind == "local" and not route.protocol]


def edit(box: Appliance, text: str) -> None:
    """Write the range file in place."""
    box.disk.write(ANYIP_CFG, text.encode())
    box.settle()


async def test_host_bits_fail_two_units_and_haproxy_uses_up_its_starts() -> None:
    box = appliance_of("no-route-to-host")
    anyip, haproxy = box.unit("anyip-routes"), box.unit("haproxy")
    assert (anyip.active, anyip.result, anyip.exit_status, anyip.restarts) == ("failed", "exit-code", 0, 0)
    assert (haproxy.active, haproxy.result, haproxy.exit_status, haproxy.restarts) == ("failed", "exit-code", 1, 5)
    assert lines(box, "anyip-routes") == [
        "Starting anyip-routes.service...",
        "adding route for 10.10.18.18/28",
        "RTNETLINK answers: Invalid argument",
        "anyip-routes.service: Control process exited, code=exited status=2",
        "route already removed for 10.10.18.18/28",
        "anyip-routes.service: Failed with result 'exit-code'.",
        "Failed to start anyip-routes.service.",
    ]
    assert lines(box, "haproxy").count("haproxy.service: Start request repeated too quickly.") == 1
    assert box.systemd.state == "degraded"


async def test_restarting_anyip_alone_leaves_haproxy_failed() -> None:
    box = appliance_of("no-route-to-host")
    session = shell_of(box)
    edit(box, f"{seed.RANGE}\n")
    assert (await session.run("systemctl restart anyip-routes")).code == 0
    assert await said(session, "systemctl is-active anyip-routes haproxy") == "active\nfailed\n"
    assert (await session.run("systemctl reset-failed haproxy && systemctl start haproxy")).code == 0
    assert await said(session, "systemctl is-system-running") == "running\n"


async def test_the_start_limit_passes_after_ten_seconds_or_reset_failed() -> None:
    box = appliance_of("no-route-to-host")
    session = shell_of(box)
    assert (await session.run("systemctl start haproxy")).code == 1
    box.clock.pass_by(2.5)
    edit(box, f"{seed.RANGE}\n")
    await session.run("systemctl restart anyip-routes")
    refused = await session.run("systemctl start haproxy")
    assert refused.code == 1
    assert b"Job for haproxy.service failed" in refused.err
    assert box.unit("haproxy").result == "exit-code"
    box.clock.pass_by(11)
    assert (await session.run("systemctl start haproxy")).code == 0


async def test_a_bad_line_among_good_ones_takes_all_ranges_down() -> None:
    box = appliance_of()
    edit(box, "10.10.18.16/28\n10.10.18.34/28\n10.10.18.48/28\n")
    box.reboot()
    box.clock.pass_by(20)
    assert ranges(box) == []
    assert "removing route for 10.10.18.16/28" in lines(box, "anyip-routes")
    assert lines(box, "anyip-routes").count("route already removed for 10.10.18.48/28") == 1


async def test_one_address_is_found_again_with_its_mask() -> None:
    box = appliance_of()
    session = shell_of(box)
    edit(box, f"{seed.RANGE}\n10.10.18.40/32\n")
    box.reboot()
    box.clock.pass_by(20)
    assert (await session.run("systemctl restart anyip-routes")).code == 0
    assert "removing route for 10.10.18.40/32" in lines(box, "anyip-routes")
    assert len(ranges(box)) == 2


@pytest.mark.parametrize("line", ["10.10.18.32/255.255.255.240", "  10.10.18.32/28", "10.10.022.040/28"])
async def test_a_line_that_the_kernel_prints_otherwise_fails_a_restart(line: str) -> None:
    box = appliance_of()
    session = shell_of(box)
    edit(box, f"{seed.RANGE}\n{line}\n")
    box.reboot()
    box.clock.pass_by(20)
    assert (box.unit("anyip-routes").active, len(ranges(box))) == ("active", 2)
    assert (await session.run("systemctl restart anyip-routes")).code == 1
    assert f"route already removed for {line}" in lines(box, "anyip-routes")
    assert "RTNETLINK answers: File exists" in lines(box, "anyip-routes")
    assert seed.RANGE not in ranges(box)
    assert len(ranges(box)) == 1


async def test_a_stale_route_stays_because_down_reads_the_new_file() -> None:
    box = appliance_of()
    session = shell_of(box)
    edit(box, "10.10.18.18/28\n")
    assert box.unit("anyip-routes").active == "active"
    assert len(box.anyip.watching.processes()) == 2  # the reader is gone
    assert (await session.run("systemctl restart anyip-routes")).code == 1
    assert ranges(box) == [seed.RANGE]
    assert box.unit("haproxy").active == "active"
    box.reboot()
    box.clock.pass_by(20)
    assert ranges(box) == []
    assert box.unit("haproxy").active == "failed"


async def test_a_dead_reader_does_not_notice_the_repair() -> None:
    box = appliance_of()
    edit(box, "10.10.18.18/28\n")
    before = lines(box, "anyip-routes")
    edit(box, "10.10.18.16/28\n10.10.18.32/28\n")
    assert lines(box, "anyip-routes") == before
    assert ranges(box) == [seed.RANGE]


async def test_an_edit_in_place_is_noticed_and_sed_is_not() -> None:
    box = appliance_of()
    session = shell_of(box)
    await session.run(f"echo 10.10.18.32/28 >> {ANYIP_CFG}")
    assert ranges(box) == [seed.RANGE, "10.10.18.32/28"]
    assert lines(box, "anyip-routes")[-2:] == [
        "route already exists for 10.10.18.16/28",
        "adding route for 10.10.18.32/28",
    ]
    before = box.disk.inode(ANYIP_CFG).number
    await session.run(f"sed -i 's|10.10.18.32/28|10.10.18.48/28|' {ANYIP_CFG}")
    assert box.disk.inode(ANYIP_CFG).number != before
    await session.run(f"echo 10.10.18.64/28 >> {ANYIP_CFG}")
    assert ranges(box) == [seed.RANGE, "10.10.18.32/28"]
    assert box.anyip.watching.follows is None


async def test_a_last_line_without_newline_is_lost_in_silence() -> None:
    box = appliance_of("all-green")
    assert box.unit("anyip-routes").active == "active"
    assert not [line for line in lines(box, "anyip-routes") if "route" in line and "adding" in line]
    assert ranges(box) == []
    assert box.unit("haproxy").active == "failed"


async def test_a_reload_with_an_address_that_cannot_be_bound_says_yes_and_serves_the_old() -> None:
    box = appliance_of()
    session = shell_of(box)
    old = [(bind.address, bind.port) for bind in box.haproxy.bound]
    box.disk.append(HAPROXY_CFG, seed.frontend("web", "https", "10.10.18.40", 443, ("10.10.17.21",)).encode())
    assert (await session.run("systemctl reload haproxy")).code == 0
    assert [(bind.address, bind.port) for bind in box.haproxy.bound] == old
    assert any("cannot bind socket [10.10.18.40:443]" in line for line in lines(box, "haproxy"))
    await session.run(f"echo 10.10.18.40 >> {ANYIP_CFG} ; systemctl reload haproxy")
    assert ("10.10.18.40", 443) in [(bind.address, bind.port) for bind in box.haproxy.bound]


async def test_sockets_outlive_the_route_they_were_bound_on() -> None:
    box = appliance_of()
    session = shell_of(box)
    await session.run("systemctl stop anyip-routes")
    assert ranges(box) == []
    assert "10.10.18.19:443" in await said(session, "ss -Hltnp")


async def test_a_broken_configuration_does_not_start() -> None:
    box = appliance_of()
    session = shell_of(box)
    await session.run(f"sed -i 's/^  bind /  bindd /' {HAPROXY_CFG} && systemctl restart haproxy")
    box.clock.pass_by(5)
    assert box.unit("haproxy").active == "failed"
    assert any("unknown keyword 'bindd' in 'frontend' section" in line for line in lines(box, "haproxy"))


async def test_route_tables_leaks_its_rules_and_forgets_its_names() -> None:
    box = appliance_of()
    session = shell_of(box)
    await session.run("systemctl restart route-tables")
    assert (await said(session, "ip rule")).count("lookup rtctl_frontend") == 2
    assert 'Object "call" is unknown, try "ip help".' in lines(box, "route-tables")
    await session.run("systemctl stop route-tables")
    assert "lookup 3" in await said(session, "ip rule")
    assert b"rtctl" not in box.disk.read(RT_TABLES)


async def test_a_start_by_hand_replaces_the_one_that_was_due() -> None:
    box = appliance_of()
    session = shell_of(box)
    await session.run("systemctl stop anyip-routes haproxy; systemctl start haproxy; systemctl start haproxy")
    box.clock.pass_by(5)
    assert box.unit("haproxy").active == "failed"
    assert lines(box, "haproxy").count("haproxy.service: Start request repeated too quickly.") == 1


async def test_a_route_can_be_taken_by_hand() -> None:
    box = appliance_of()
    session = shell_of(box)
    assert (await session.run("ip route add local 10.10.18.40/32 dev lo")).code == 0
    assert ranges(box) == [seed.RANGE, "10.10.18.40"]
    assert (await session.run("ip route del local 10.10.18.40/32 dev lo table local")).code == 0
    assert (await session.run("ip route del local 10.10.18.40/32 dev lo table local")).code == 2
    assert (await session.run("ip route add local 10.10.18.18/28 dev lo")).code == 2
    assert (await session.run("ip route add local nonsense dev lo")).code == 1


async def test_a_disabled_unit_does_not_come_back_but_haproxy_does() -> None:
    box = appliance_of()
    session = shell_of(box)
    await session.run("systemctl disable anyip-routes haproxy")
    box.reboot()
    box.clock.pass_by(20)
    assert box.unit("anyip-routes").active == "inactive"
    assert await said(session, "journalctl -u anyip-routes") == "-- No entries --\n"
    assert lines(box, "haproxy")  # wanted by dataplaneapi, so it was started


@pytest.mark.parametrize("scenario", ["no-route-to-host", "dead-after-deployment", "all-green"])
async def test_a_repair_by_hand_and_a_reboot_is_all_it_takes(scenario: str) -> None:
    box = appliance_of(scenario)
    session = shell_of(box)
    before = box.boot_id
    await session.run(f"sed -i '/^10/d' {ANYIP_CFG} && echo {seed.RANGE} >> {ANYIP_CFG} && reboot")
    if scenario == "all-green":
        assert box.disk.read(ANYIP_CFG).endswith(f"\n{seed.RANGE}\n".encode())
    box.clock.pass_by(20)
    assert box.boot_id != before
    assert box.systemd.state == "running"
    assert ranges(box) == [seed.RANGE]
    assert (await said(session, "ip rule")).count("rtctl_") == 2
