"""Writes the catalogue anew: ``python -m tests.catalogue``.

``checks/rules/catalogue.json`` is what ``noroute explain`` and ``noroute rules`` read, ``docs/catalogue.md`` the same
as a table. Both come from the rules, from ``elsewhere.toml`` and from what fixtures, recordings and the lab prove.
"""

from __future__ import annotations

import inspect
import json
import re
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

from checks.diagnosis import diagnose
from checks.rules.catalogue import rules
from checks.rules.entries import FILE, Entry
from checks.rules.rule import Rule
from tests.checks.fixtures import CAPTURES, RULES, capture_case, folders, rule_case
from tests.lab.product.expected import EXPECTED, OF_BUILDS, SHUT, fires

TABLE = Path(__file__).parent.parent / "docs" / "catalogue.md"
ELSEWHERE = FILE.with_name("elsewhere.toml")
SECTIONS = ("Recognise", "Why", "Repair", "Undo", "Fixed in", "See also")
_CODE = re.compile(r"\b[A-H][0-9]{2}[a-d]?\b")
_INTRO = """\
# The catalogue

Every known way in which the virtual IPs of the appliance fail. Written by `python -m tests.catalogue`; a test holds it
current. `noroute explain CODE` says more, `noroute rules --format json` says it to programs.

Grades: LAB reproduced on a real kernel, systemd and HAProxy; SRC reported by a public source; CODE read in the vendor's
scripts; REASON an inference, offered as a possible cause only. *Seen* names recorded appliances below
`tests/fixtures/captures`, and as `lab:FAULT` the faults of the lab in which `tests/lab/product/test_faults.py` (for a
shut door `test_access.py`) finds the code on a running appliance.

"""


def made() -> tuple[Entry, ...]:
    """The catalogue as it should be."""
    fixable, proven = _proofs()
    found = [_of_rule(rule, rule.code in fixable, tuple(proven[rule.code])) for rule in rules()]
    found += [_of_table(code, row) for code, row in tomllib.loads(ELSEWHERE.read_text("utf-8")).items()]
    return _both_ways(sorted(found, key=lambda entry: entry.code))


def _both_ways(found: list[Entry]) -> tuple[Entry, ...]:
    """What an entry leads to leads back to it: a symptom is read from its own side."""
    named = {(entry.code, other) for entry in found for other in entry.also}
    linked = named | {(other, code) for code, other in named}
    return tuple(
        entry._replace(also=tuple(other.code for other in found if (entry.code, other.code) in linked))
        for entry in found
    )


def _proofs() -> tuple[set[str], defaultdict[str, list[str]]]:
    """The codes that offer a repair somewhere, and the recordings and faults of the lab in which each code is found."""
    fixable: set[str] = set()
    proven: defaultdict[str, list[str]] = defaultdict(list)
    for folder in (*folders(RULES), *folders(CAPTURES)):
        recorded = folder.parent == CAPTURES
        case = capture_case(folder) if recorded else rule_case(folder)
        findings = diagnose(case.evidence, case.site).findings
        fixable |= {finding.code for finding in findings if finding.fix}
        for code in sorted({finding.code for finding in findings}) if recorded else ():
            proven[code].append(folder.name)
    for fault in sorted({*EXPECTED, *SHUT}):
        for code in fires(fault):
            proven[code].append(f"lab:{fault}")
    for (version, fault), says in sorted(OF_BUILDS.items()):
        for root in says.roots:
            proven[root.partition(":")[0]].append(f"lab:{version}:{fault}")
    return fixable, proven


def _of_rule(rule: Rule, fixable: bool, proven: tuple[str, ...]) -> Entry:
    pieces = re.split(rf"^({'|'.join(SECTIONS)}):\s*", inspect.cleandoc(rule.text), flags=re.MULTILINE)
    parts = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    title, _, what = pieces[0].partition("\n\n")
    said = {section: _unwrapped(text) for section, text in parts.items()}
    return Entry(
        code=rule.code,
        name=rule.name,
        title=_unwrapped(title).rstrip("."),
        severity=rule.severity.value,
        grade=rule.grade.value,
        kind="rule",
        why_no_rule="",
        sources=rule.sources,
        needs=rule.needs,
        fixable=fixable,
        proven=proven,
        what=_unwrapped(what),
        recognise=said.get("Recognise", ""),
        why=said.get("Why", ""),
        repair=said.get("Repair", ""),
        undo=said.get("Undo", ""),
        fixed_in=said.get("Fixed in", ""),
        also=tuple(_CODE.findall(said.get("See also", ""))),
    )


def _of_table(code: str, row: dict[str, Any]) -> Entry:
    return Entry(
        code=code,
        name=row["name"],
        title=row["title"],
        severity="info",
        grade=row["grade"],
        kind="elsewhere",
        why_no_rule=row["why"],
        sources=tuple(row["sources"]),
        needs=(),
        fixable=False,
        proven=tuple(row.get("proven", ())),
        what=row["what"],
        recognise=row["recognise"],
        why=row["cause"],
        repair=row["repair"],
        undo=row.get("undo", ""),
        fixed_in=row.get("fixed_in", ""),
        also=tuple(row["see"]),
    )


def _unwrapped(text: str) -> str:
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(" ".join(line.strip() for line in paragraph.splitlines()) for paragraph in paragraphs)


def as_json(found: tuple[Entry, ...]) -> str:
    """The file that the product reads."""
    return json.dumps([entry._asdict() for entry in found], indent=1, ensure_ascii=False) + "\n"


def as_table(found: tuple[Entry, ...]) -> str:
    """The page for people."""
    kinds = [entry.kind for entry in found]
    rows = [
        "| Code | Name | What | Severity | Grade | Source | Needs | Repair offered | Seen, or why it is no rule |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for entry in found:
        seen = " ".join(part for part in (entry.why_no_rule, ", ".join(entry.proven)) if part)
        needs = ", ".join(f"`{need}`" for need in entry.needs)
        about = (entry.code, f"`{entry.name}`", entry.title, entry.severity, entry.grade)
        cells = (*about, ", ".join(entry.sources), needs, "yes" if entry.fixable else "", seen)
        rows.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    count = f"{kinds.count('rule')} rules, {kinds.count('elsewhere')} entries that no rule can tell.\n\n"
    return _INTRO + count + "\n".join(rows) + "\n"


def main() -> None:
    """Write both files."""
    found = made()
    FILE.write_text(as_json(found), "utf-8")
    TABLE.write_text(as_table(found), "utf-8")


if __name__ == "__main__":
    main()
