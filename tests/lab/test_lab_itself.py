"""The lab as a machine: it reboots for real, and nothing of it is left behind, even when it is killed."""

import os
import signal
import subprocess
import sys

import pytest

from tests.lab import cleanup, packages, slots
from tests.lab.bench import Bench
from tests.lab.box import PROJECT
from tests.lab.commands import wait_for

HOLDER = """
import time
from tests.lab.bench import Bench
bench = Bench.build()
bench.fresh()
bench.reboot()
print(bench.slot.number, flush=True)
time.sleep(600)
"""


def test_a_reboot_is_a_new_boot(healthy_lab: Bench) -> None:
    first = healthy_lab.box.boot_id()
    healthy_lab.run_in_appliance("ip route add local 10.10.18.64/28 dev lo; ip rule add from 10.10.18.9 lookup main")
    healthy_lab.reboot()
    assert healthy_lab.box.boot_id() != first
    assert "10.10.18.64/28" not in healthy_lab.run_in_appliance("ip route show table local").out
    assert "10.10.18.9" not in healthy_lab.run_in_appliance("ip rule").out
    assert len(healthy_lab.run_in_appliance("journalctl --list-boots -q").out.splitlines()) == 2


def test_a_power_cut_is_not_a_shutdown(healthy_lab: Bench) -> None:
    healthy_lab.box.cut_power()
    assert not healthy_lab.box.is_on
    healthy_lab.reboot()
    healthy_lab.wait_until_serving()


def test_two_labs_stand_side_by_side(healthy_lab: Bench) -> None:
    other = Bench.build()
    try:
        other.fresh()
        other.apply("host-bits")
        assert other.client_tcp("jump", "10.10.18.19", 443).outcome == "unreachable"
        assert healthy_lab.client_tcp("jump", "10.10.18.19", 443).outcome == "open"
    finally:
        other.close()
    assert cleanup.leftovers(other.slot) == []


def test_what_a_killed_run_left_is_found_and_removed(bench: Bench) -> None:
    command = [sys.executable, "-c", HOLDER]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        slot = slots.Slot(int(holder.stdout.readline()))
        assert slot.number not in cleanup.sweep(), "a lab in use is left alone"
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
    assert len(cleanup.leftovers(slot)) > 5
    assert slot.number in cleanup.sweep()
    assert cleanup.leftovers(slot) == []


def test_people_can_boot_it_and_end_it(bench: Bench) -> None:
    def lab(*words: str) -> str:
        command = [sys.executable, "-m", "tests.lab", *words]
        return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True, timeout=120).stdout

    told = lab("up", "--fault", "host-bits")
    number = int(told.split()[1])
    assert f"ssh -F {slots.Slot(number).directory}/ssh_config lab-appliance" in told
    assert f"lab {number} (kept): appliance on" in lab("status")
    assert lab("--lab", str(number), "run", "cat /proc/sys/kernel/hostname") == "haproxy.local\n"
    assert f"lab {number}" in lab("--lab", str(number), "down")
    wait_for("nothing to be left", lambda: not cleanup.leftovers(slots.Slot(number)), seconds=5)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert "the Debian package systemd-container" in packages.what_is_missing()


def test_without_root_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert packages.what_is_missing()[0] == "root"
