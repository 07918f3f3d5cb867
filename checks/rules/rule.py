"""What a rule is. A new one is one function with this decorator, in the module of its group.

The function's docstring is what ``noroute explain CODE`` prints: its first paragraph says what it is, the sections
``Recognise:``, ``Why:``, ``Repair:``, ``Undo:``, ``Fixed in:`` (a build of the appliance) and ``See also:`` follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from checks.addresses import Ruler
from checks.evidence.evidence import Evidence
from checks.model import Excerpt, Finding, Grade, Severity
from checks.plan import Fix
from checks.site import Site


@dataclass(frozen=True, slots=True)
class Found:
    """Something wrong. ``severity`` differs from the rule's where the facts say that it does less harm."""

    subject: str
    node: str
    title: str
    explanation: str
    excerpts: tuple[Excerpt, ...] = ()
    breaks: frozenset[str] = frozenset()
    broken_by: frozenset[str] = frozenset()
    remedy: str = ""
    ruler: Ruler | None = None
    fix: Fix | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Passed:
    """A subject that was looked at and is as it should be."""

    subject: str
    node: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unsure:
    """A subject of which the evidence does not tell."""

    subject: str
    node: str
    why: str


# What fits into one line of the findings' list, whatever names an appliance brings.
TITLE = 52


Outcome = Found | Passed | Unsure
Function = Callable[[Evidence, Site], Iterator[Outcome]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``needs`` are the facts (keys of ``Evidence.missing``) without which it is unknown; ``node`` is
    where that unknown is drawn. ``counted`` is False where the probe that it reads is the check already."""

    code: str
    name: str
    severity: Severity
    grade: Grade
    group: str
    node: str
    needs: tuple[str, ...]
    sources: tuple[str, ...]
    counted: bool
    function: Function

    @property
    def text(self) -> str:
        """The docstring, as written."""
        return self.function.__doc__ or ""

    def finding(self, found: Found) -> Finding:
        """The finding that an outcome of this rule is."""
        return Finding(
            code=self.code,
            subject=found.subject,
            name=self.name,
            severity=found.severity or self.severity,
            grade=self.grade,
            node=found.node,
            title=_within(found.title, TITLE),
            explanation=found.explanation,
            excerpts=found.excerpts,
            breaks=found.breaks,
            broken_by=found.broken_by,
            remedy=found.remedy,
            ruler=found.ruler,
            fix=found.fix,
        )


def _within(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def rule(
    code: str,
    name: str,
    *,
    severity: Severity = Severity.FAILED,
    grade: Grade = Grade.LAB,
    group: str,
    node: str,
    needs: tuple[str, ...] = (),
    sources: tuple[str, ...] = (),
    counted: bool = True,
) -> Callable[[Function], Rule]:
    """Make a rule of a function from evidence and site to outcomes."""

    def made(function: Function) -> Rule:
        return Rule(code, name, severity, grade, group, node, needs, sources, counted, function)

    return made
