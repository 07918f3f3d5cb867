"""From evidence to one diagnosis: run the rules, fold consequences under their roots, put first things first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from checks.evidence.evidence import Evidence
from checks.evidence.probes import Answer
from checks.model import (
    Check,
    Counts,
    Diagnosis,
    ExcerptKind,
    Finding,
    Ignored,
    Node,
    NodeKind,
    NotChecked,
    Severity,
    State,
    Vantage,
    Verdict,
    of_vips,
)
from checks.rules.answers import vip_probes
from checks.rules.catalogue import rules
from checks.rules.facts import down_over_config, vip_binds
from checks.rules.rule import Found, Passed, Rule
from checks.site import Site
from checks.topology import draw

# First what keeps the tool from knowing, then what breaks the most, then what only clients see.
_FIRST_THINGS = "HACEDBGF"
_STATE = {Severity.FAILED: State.FAILED, Severity.WARNING: State.WARNING, Severity.INFO: State.OK}


def diagnose(e: Evidence, site: Site | None = None, pause: Callable[[], None] = lambda: None) -> Diagnosis:
    """All that the evidence says. Pure: the same evidence gives the same diagnosis. ``pause`` is called often, for
    whoever has to leave time to others."""
    site = site or Site()
    found: list[Finding] = []
    ignored: list[Ignored] = []
    checks: defaultdict[str, list[Check]] = defaultdict(list)
    not_checked: defaultdict[str, list[str]] = defaultdict(list)
    unseen = State.CHECKING if e.pending else State.UNKNOWN
    for rule in rules():
        why = e.why_missing(rule.needs)
        if why:
            if rule.counted:
                not_checked[why].append(rule.code)
                checks[rule.node].append(Check(rule.code, unseen, why, group=rule.group))
            continue
        found += _run(rule, e, site, checks, ignored, unseen)
        pause()
    folded = _folded(_numbered(found))
    pause()
    nodes, edges = draw(e, {node: tuple(rows) for node, rows in checks.items()}, folded, pause)
    pause()
    counted = Counter(check.state for node in nodes for check in node.checks if check.counted)
    counts = Counts(**{state.value: counted[state] for state in State})
    for node in nodes:
        for check in node.checks:
            if check.state is State.UNKNOWN and check.counted and ":" in check.id:
                not_checked[check.detail].append(check.id)
    if e.reader is not None and e.reader.uid != 0:
        allow = f"`{e.reader.name} ALL=(root) NOPASSWD: ALL` in sudoers would allow all of it"
        not_checked[f"read as {e.reader.name}; {allow}"].append("what needs root")
    verdict = _verdict(e, folded, nodes, counts)
    return Diagnosis(
        verdict=verdict,
        sentence=_sentence(e, verdict, folded, counts),
        findings=folded,
        roots=_roots(folded),
        nodes=nodes,
        edges=edges,
        counts=counts,
        not_checked=_by_reason(not_checked) if not e.pending else (),
        since=_since(folded),
        ignored=tuple(ignored),
    )


def _run(
    rule: Rule,
    e: Evidence,
    site: Site,
    checks: defaultdict[str, list[Check]],
    ignored: list[Ignored],
    unseen: State,
) -> list[Finding]:
    findings = []
    for outcome in rule.function(e, site):
        id = f"{rule.code}:{outcome.subject}"
        if isinstance(outcome, Found):
            finding = rule.finding(outcome)
            accepted = _accepted(finding, site, e.taken_at)
            ignored += [accepted] if accepted else []
            if accepted and not accepted.ended:
                check = Check(finding.id, State.OK, f"ignored: {accepted.reason}", group=rule.group)
            else:
                findings.append(finding)
                check = Check(finding.id, _STATE[finding.severity], finding.title, group=rule.group)
        elif isinstance(outcome, Passed):
            check = Check(id, State.OK, outcome.detail, group=rule.group)
        else:
            check = Check(id, unseen, outcome.why, group=rule.group)
        if rule.counted:
            checks[outcome.node].append(check)
    return findings


def _accepted(finding: Finding, site: Site, now: datetime | None) -> Ignored | None:
    """What the site file says of a finding, or None. Where nobody knows what day it was, it has ended."""
    fitting = [
        Ignored(
            finding.id,
            finding.title,
            row.reason,
            row.until,
            ended=now is None or now.date() > row.until,
        )
        for row in site.ignores
        if row.code.upper() == finding.code.upper() and row.subject in ("", finding.subject)
    ]
    return min(fitting, key=lambda row: row.ended, default=None)


def _by_reason(checks: Mapping[str, Iterable[str]]) -> tuple[NotChecked, ...]:
    """One row for each reason, with each check once: forty rules that all lack the login have one reason."""
    return tuple(NotChecked(tuple(dict.fromkeys(ids)), why) for why, ids in checks.items())


def _numbered(findings: Iterable[Finding]) -> list[Finding]:
    """The same code on the same subject again gets ``#2``, ``#3``."""
    seen: Counter[str] = Counter()
    numbered = []
    for finding in findings:
        seen[finding.id] += 1
        numbered.append(replace(finding, repeat=seen[finding.id]))
    return numbered


def _folded(findings: list[Finding]) -> tuple[Finding, ...]:
    """Every finding with its direct parents and all that it explains; roots first, each followed by its own."""
    by_id = {finding.id: finding for finding in findings}
    breakers: defaultdict[str, list[str]] = defaultdict(list)
    for id, finding in by_id.items():
        for fact in finding.breaks:
            breakers[fact].append(id)
    parents: dict[str, list[str]] = {}
    children: defaultdict[str, list[str]] = defaultdict(list)
    for id, finding in by_id.items():
        parents[id] = list(dict.fromkeys(one for fact in finding.broken_by for one in breakers[fact] if one != id))
        for one in parents[id]:
            children[one].append(id)
    below = {id: _below(id, children) for id in by_id}
    # Findings that explain each other are one knot: what explains one of them explains all, and none of them another.
    knots = {id: {id, *(other for other in below[id] if id in below[other])} for id in by_id}
    explains = {id: below[id] - knots[id] for id in by_id}
    above = {id: [one for member in knots[id] for one in parents[member] if one not in knots[id]] for id in by_id}
    importance = {id: (*_importance(finding), id) for id, finding in by_id.items()}
    order = {id: i for i, id in enumerate(sorted(by_id, key=importance.__getitem__))}
    folded = {
        id: replace(
            finding,
            # While its cause stands its own plan could not succeed.
            fix=None if above[id] else finding.fix,
            explained_by=tuple(sorted(_direct(above[id], explains), key=order.__getitem__)),
            explains=tuple(sorted(explains[id], key=order.__getitem__)),
        )
        for id, finding in by_id.items()
    }
    reading: dict[str, Finding] = {}
    for id in sorted(folded, key=lambda id: (bool(folded[id].explained_by), order[id])):
        reading.setdefault(id, folded[id])
        for child in folded[id].explains:
            reading.setdefault(child, folded[child])
    return tuple(reading.values())


def _below(id: str, children: Mapping[str, list[str]]) -> set[str]:
    """All that follows from a finding."""
    reached: set[str] = set()
    edge = [id]
    while edge:
        for child in children.get(edge.pop(), ()):
            if child not in reached and child != id:
                reached.add(child)
                edge.append(child)
    return reached


def _direct(parents: list[str], explains: Mapping[str, set[str]]) -> set[str]:
    """Without the parents that explain another parent: those are further up."""
    return {above for above in parents if explains[above].isdisjoint(parents)}


def _importance(finding: Finding) -> tuple[int, int, str]:
    return finding.severity.rank, _FIRST_THINGS.find(finding.code[:1]), finding.code


def _roots(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """The unexplained findings of the highest severity present."""
    free = [finding for finding in findings if not finding.explained_by]
    if not free:
        return ()
    highest = min(finding.severity.rank for finding in free)
    return tuple(finding.id for finding in free if finding.severity.rank == highest)


def _verdict(e: Evidence, findings: tuple[Finding, ...], nodes: tuple[Node, ...], counts: Counts) -> Verdict:
    failed = any(finding.severity is Severity.FAILED for finding in findings)
    # Something red on the picture that no rule explains is no "healthy" either. One server of several down is less;
    # without a login only the door was tried, which says nothing about the site behind it.
    red = any(node.state is State.FAILED and node.kind is not NodeKind.SERVER for node in nodes)
    if failed or (red and e.login.reached):
        return Verdict.BROKEN if failed and _vips_dead(e, nodes) else Verdict.DEGRADED
    if any(finding.severity is Severity.WARNING for finding in findings) or counts.warning:
        return Verdict.AT_RISK
    return Verdict.INCOMPLETE if counts.unknown or counts.checking else Verdict.HEALTHY


def _vips_dead(e: Evidence, nodes: tuple[Node, ...]) -> bool:
    """Whether no VIP answers the client; without probes, whether by the appliance's own evidence none can."""
    probes = [probe for probe in vip_probes(e) if not probe.says_nothing]
    if probes:
        return not any(probe.answer is Answer.OK for probe in probes)
    served = [
        check.state
        for node in nodes
        if node.kind is NodeKind.VIP
        for check in node.checks
        if check.id.startswith("served:")
    ]
    if not served:
        # A file that haproxy refuses may hold none that can be read.
        return down_over_config(e)
    return State.OK not in served and State.FAILED in served


def _sentence(e: Evidence, verdict: Verdict, findings: tuple[Finding, ...], counts: Counts) -> str:
    probes = vip_probes(e)
    good = [probe for probe in probes if probe.answer is Answer.OK]
    where = {Vantage.HERE: "from here", Vantage.JUMP: "from the jump host", Vantage.APPLIANCE: "on the appliance"}[
        e.client_vantage
    ]
    if e.login.problem and not e.login.reached:
        return e.login.problem
    if not e.complete and not e.pending:
        return "The evidence broke off: nothing is known about what was not read"
    if verdict is Verdict.BROKEN:
        answers = [str(probe.answer) for probe in probes if not probe.says_nothing]
        if answers:
            return f"No VIP answers: {max(set(answers), key=answers.count)}"
        return "By its own evidence the appliance can answer for no VIP"
    if verdict is Verdict.DEGRADED:
        if probes:
            return f"{of_vips(len(good), len(probes))} {where}"
        wrong = sum(finding.severity is Severity.FAILED for finding in findings) or counts.failed
        return "1 thing is wrong" if wrong == 1 else f"{wrong} things are wrong"
    if verdict is Verdict.AT_RISK:
        return "Everything that was probed answers; something is about to break"
    if verdict is Verdict.INCOMPLETE:
        if counts.checking:
            return "Reading"
        return f"{counts.ran} checks ran, none failed, {counts.unknown} could not be made"
    return f"{of_vips(len(good), len(vip_binds(e)))} {where}" if probes else f"{counts.ran} checks ran"


def _since(findings: tuple[Finding, ...]) -> datetime | None:
    """When the trouble began: the first journal line that proves a root."""
    times = [
        excerpt.at
        for finding in findings
        if not finding.explained_by and finding.severity is Severity.FAILED
        for excerpt in finding.excerpts
        if excerpt.kind is ExcerptKind.JOURNAL and excerpt.at is not None
    ]
    return min(times, default=None)
