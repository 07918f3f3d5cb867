"""What the repair of the policy tables takes away: the unit's own rules, each by all its words, and nobody else's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.diagnosis import diagnose
from checks.evidence.kernel import Rule
from checks.rules.policy_repair import refill
from tests.checks.fixtures import RULES, rule_case

STOPPED = rule_case(RULES / "C29-stopped").evidence
OWN = (
    "ip rule del priority 32764 from 10.10.18.5/24 lookup 3",
    "ip rule del priority 32765 from 10.10.17.2/24 lookup 2",
)


def deleted(*more: Rule) -> tuple[str, ...]:
    unit = (Rule(32764, "10.10.18.5/24", "rtctl_frontend"), Rule(32765, "10.10.17.2/24", "rtctl_workload"))
    fix = refill(replace(STOPPED, rules=(*unit, *more)))
    assert fix is not None
    return tuple(command for command in fix.commands if command.startswith("ip rule"))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(Rule(32764, "10.10.18.77/32", "main"), id="of the same priority"),
        pytest.param(Rule(32764, "10.10.18.77/32", "rtctl_frontend"), id="into the same table"),
        pytest.param(Rule(32764, "10.10.18.5/24", "rtctl_frontend", whole=False), id="with a mark"),
        pytest.param(Rule(32764, "all", "rtctl_frontend", "192.168.7.0/24"), id="to a network of a person's"),
    ],
)
def test_a_rule_of_somebody_else_stays(other: Rule) -> None:
    assert deleted(other) == OWN


def test_a_doubled_rule_goes_with_the_first() -> None:
    assert deleted(Rule(100, "10.10.18.5/24", "3")) == (*OWN, "ip rule del priority 100 from 10.10.18.5/24 lookup 3")


def test_the_remedy_of_an_old_rule_is_what_its_repair_runs() -> None:
    [found] = [one for one in diagnose(rule_case(RULES / "C05b-mask").evidence).findings if one.code == "C05b"]
    assert found.fix is not None
    assert found.remedy in found.fix.commands
    marked = [one for one in diagnose(rule_case(RULES / "C05b-marked").evidence).findings if one.code == "C05b"]
    assert [one.remedy for one in marked] == ["ip rule del with all words of rule 32763"]
