"""Why a finding has no plan of its own, and what a person does instead."""

from __future__ import annotations

from checks.evidence.evidence import Evidence
from checks.evidence.manifest import ANYIP_CFG
from checks.model import Diagnosis, ExcerptKind, Finding
from checks.refusal import Refusal
from checks.rules.entries import entry
from checks.rules.range_repair import changed_lines, hopeless_lines


def why_no_plan(e: Evidence, diagnosis: Diagnosis, finding: Finding) -> str:
    """What to say of a finding without a fix, in half a sentence: which other to repair first, or what keeps it from
    being repaired and what to do by hand."""
    if roots := diagnosis.roots_of(finding):
        root = roots[0]
        return f"repair {root.id} first{'' if root.fix else f': {why_no_plan(e, diagnosis, root)}'}"
    why = _in_the_range_file(e, diagnosis, finding)
    by_hand = f"by hand: {finding.remedy}" if finding.remedy else ""
    return "; ".join(part for part in (why, by_hand) if part) or "its repair lies elsewhere"


def not_found(diagnosis: Diagnosis, named: str) -> Refusal:
    """The refusal (2) of an id or a code that no finding has: of a known fault it says that it is not found now, and
    whether that is certain."""
    there = ", ".join(found.id for found in diagnosis.findings if found.fix) or "nothing"
    code = named.partition(":")[0].upper()
    if entry(code) is None:
        return Refusal(f"no finding {named}; to repair here: {there}", 2)
    left = (one.why for one in diagnosis.not_checked if any(check.partition(":")[0] == code for check in one.checks))
    why = next(left, "")
    doubt = f"not found now, but not all could be checked ({why})" if why else "not found now: nothing to repair"
    return Refusal(f"{named}: {doubt}; to repair here: {there}", 2)


def _in_the_range_file(e: Evidence, diagnosis: Diagnosis, finding: Finding) -> str:
    # What is said of a line that the repair would change anyway: another one has its remedy as its reason.
    if _line_of(finding) not in changed_lines(e):
        return ""
    bad = {line.number: line.subject for line in hopeless_lines(e)}
    for other, text in bad.items():
        codes = [one.code for one in diagnosis.findings if _line_of(one) == other]
        return f"line {other} of the same file{f' ({codes[0]})' if codes else ''} cannot be repaired: {text}"
    return "" if e.units is not None else "the state of the units could not be read"


def _line_of(finding: Finding) -> int | None:
    """The line of the range file that a finding is about."""
    own = (one for one in finding.excerpts if one.kind is ExcerptKind.FILE and one.source == ANYIP_CFG)
    return next((one.line for one in own), None)
