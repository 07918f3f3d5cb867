"""The example of CONTRIBUTING.md is a rule: it does with its fixture folder what is said of it there."""

from __future__ import annotations

import re
from pathlib import Path

from checks.rules.rule import Found, Rule
from tests.checks.fixtures import rule_case

PAGE = (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    """The code of the page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_rule_of_the_example_fires_in_its_folder_and_not_on_its_near_miss(tmp_path: Path) -> None:
    [code] = blocks("python")
    names: dict[str, object] = {}
    exec(compile(code, "CONTRIBUTING.md", "exec"), names)
    shown = names["range_large"]
    assert isinstance(shown, Rule)
    for text, folder in zip(blocks("toml"), (tmp_path, tmp_path / "near"), strict=True):
        folder.mkdir(exist_ok=True)
        (folder / "expected.toml").write_text(text, "utf-8")
        case = rule_case(folder)
        assert case.evidence.why_missing(shown.needs) == ""
        outcomes = list(shown.function(case.evidence, case.site))
        found = [f"{shown.code}:{outcome.subject}" for outcome in outcomes if isinstance(outcome, Found)]
        assert len(outcomes) == 2
        assert found == case.expected["finds"]
