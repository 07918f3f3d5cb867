"""The example of CONTRIBUTING.md is a rule: it does with its fixture folder what is said of it there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checks.diagnosis import diagnose
from checks.rules import catalogue, range_conflicts
from checks.rules.rule import Found, Rule
from tests.checks.fixtures import rule_case

PAGE = (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    """The code of the page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def example() -> Rule:
    """The rule that the page shows."""
    [code] = blocks("python")
    names: dict[str, object] = {}
    exec(compile(code, "CONTRIBUTING.md", "exec"), names)
    shown = names["range_large"]
    assert isinstance(shown, Rule)
    return shown


def test_the_rule_of_the_example_fires_in_its_folder_and_not_on_its_near_miss(tmp_path: Path) -> None:
    shown = example()
    for text, folder in zip(blocks("toml"), (tmp_path, tmp_path / "near"), strict=True):
        folder.mkdir(exist_ok=True)
        (folder / "expected.toml").write_text(text, "utf-8")
        case = rule_case(folder)
        assert case.evidence.why_missing(shown.needs) == ""
        outcomes = list(shown.function(case.evidence, case.site))
        found = [f"{shown.code}:{outcome.subject}" for outcome in outcomes if isinstance(outcome, Found)]
        assert len(outcomes) == 2
        assert found == case.expected["finds"]


def test_the_function_of_the_example_is_all_that_has_to_be_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In the module of its group, nowhere named: it is run, counted and found as every other rule is."""
    monkeypatch.setattr(range_conflicts, "range_large", example(), raising=False)
    catalogue.rules.cache_clear()
    try:
        (tmp_path / "expected.toml").write_text(blocks("toml")[0], "utf-8")
        case = rule_case(tmp_path)
        diagnosis = diagnose(case.evidence)
        assert [finding.id for finding in diagnosis.findings if finding.code == "A30"] == case.expected["finds"]
        unit = diagnosis.node("unit:anyip-routes")
        assert unit is not None
        assert {"A30:172.16.0.0/12", "A30:10.10.18.16/28"} <= {check.id for check in unit.checks}
    finally:
        catalogue.rules.cache_clear()
