"""The plan on the screen and on paper: all that would be done, nothing of it cut."""

from __future__ import annotations

from dataclasses import replace

from checks.diagnosis import diagnose
from checks.plan import Fix, Restore, Run
from screens.fix_plan import draw_plan
from screens.picture.cells import plain
from tests.checks.fixtures import RULES, rule_case
from tests.screens.site import prepared
from tui.report.plan_page import plan_page

CFG = "/etc/haproxy/haproxy.cfg"
LONG = "/etc/haproxy/new-cert.sh -1 /etc/haproxy/ca.crt -2 /etc/haproxy/ca.key -3 " + ",".join(
    f"10.10.18.{host}" for host in range(16, 32)
)


def both(fix: Fix, backup: str = "") -> tuple[str, str]:
    plan = prepared(fix, backup=backup, file_facts="0600 root, 1902 bytes")
    return plain(draw_plan(plan, 74, airy=True).rows), plain(plan_page(plan))


def test_a_file_that_is_replaced_by_another_is_named_with_its_source_and_its_backup() -> None:
    restore = Restore(CFG, f"{CFG}.lkg", "a" * 64, "b" * 64)
    fix = Fix("put it back", (restore, Run("systemctl start haproxy")), "nothing", ("gone",), "back", 3)
    for text in both(fix, f"{CFG}.noroute-20201120-153314"):
        assert f"{CFG}, 0600 root, 1902 bytes" in text
        assert f"gets the bytes of {CFG}.lkg, copied on the appliance" in " ".join(text.split())
        assert "backup beside it: haproxy.cfg.noroute-20201120-153314" in text
        assert "write no file" not in text


def test_what_comes_with_a_block_is_said_before_it_is_written() -> None:
    case = rule_case(RULES / "A08-last-octet")
    (finding,) = (found for found in diagnose(case.evidence, case.site).findings if found.code == "A08")
    assert finding.fix is not None
    for text in both(finding.fix):
        assert "! 10.10.18.16 and 10.10.18.31 come with the block" in " ".join(text.split())
    assert "exactly what was typed is 10.10.18.17/32 and 10.10.18.18/31 and 10.10.18.20/30" in finding.remedy
    assert not any("!" in text for text in both(replace(finding.fix, besides="")))


def test_a_command_is_shown_to_its_last_character() -> None:
    for text in both(Fix("renew", (Run(LONG),), "nothing", ("gone",), "back", 3)):
        assert LONG.replace(" ", "") in "".join(text.split())
        assert "..," not in text


def test_a_repair_by_commands_does_not_say_that_no_file_changes() -> None:
    on_screen, _ = both(Fix("renew", (Run(LONG),), "nothing", ("gone",), "back", 3))
    assert "write no file: only the commands change anything" in on_screen
