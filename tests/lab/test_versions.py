"""How the builds of the appliance differ: what a restart of route-tables does to policy tables and rules."""

import re

import pytest

from tests.lab.appliance import VERSIONS
from tests.lab.bench import Bench

OWN_RULES = "ip rule | grep -c 'from 10.10.1'"


def boot(bench: Bench, version: str) -> Bench:
    bench.fresh(version=version)
    bench.reboot()
    bench.wait_until_serving()
    return bench


def own_rules(lab: Bench) -> int:
    return int(lab.run_in_appliance(OWN_RULES).out)


@pytest.mark.parametrize("version", sorted(VERSIONS))
def test_every_version_serves_both_clients(bench: Bench, version: str) -> None:
    lab = boot(bench, version)
    url = "https://10.10.18.19/wcp/loginbanner"
    assert lab.client_http("jump", url).status == 200
    assert lab.client_http("far", url).status == 200
    assert lab.run_in_appliance("systemctl is-system-running").out == "running\n"


def test_0_1_8_restarts_cleanly(bench: Bench) -> None:
    lab = boot(bench, "0.1.8")
    assert own_rules(lab) == 2
    lab.apply("route-tables-restarted")
    assert lab.run_in_appliance("systemctl is-active route-tables").out == "active\n"
    assert own_rules(lab) == 2
    assert "scope link" not in lab.run_in_appliance("ip route show table rtctl_frontend").out


def test_0_1_10_does_not_survive_a_restart(bench: Bench) -> None:
    lab = boot(bench, "0.1.10")
    assert own_rules(lab) == 4, "each rule twice, once per line"
    lab.apply("route-tables-restarted")
    assert lab.run_in_appliance("systemctl is-active route-tables").out == "failed\n"
    journal = lab.run_in_appliance("journalctl -b -o cat --no-pager -u route-tables").out
    assert re.search(r"create route with cmd: ip route add table rtctl_workload .*link src 10.10.17.2\s"
                     r"+RTNETLINK answers: File exists", journal)  # fmt: skip
    assert "table id value is invalid" in lab.run_in_appliance("ip route show table rtctl_frontend").err
    assert own_rules(lab) == 0
    assert lab.client_tcp("far", "10.10.18.19", 443, 1.5).outcome == "timeout"


def test_0_1_10_comes_back_once_its_tables_are_flushed(bench: Bench) -> None:
    lab = boot(bench, "0.1.10")
    lab.run_in_appliance("ip route flush table rtctl_workload; ip route flush table rtctl_frontend")
    lab.apply("route-tables-restarted")
    assert lab.run_in_appliance("systemctl is-active route-tables").out == "active\n"
    assert lab.client_tcp("far", "10.10.18.19", 443).outcome == "open"


def test_0_2_0_leaks_a_set_of_rules_with_each_restart(bench: Bench) -> None:
    lab = boot(bench, "0.2.0")
    assert own_rules(lab) == 2
    lab.apply("route-tables-restarted")
    assert lab.run_in_appliance("systemctl is-active route-tables").out == "active\n"
    assert own_rules(lab) == 4
