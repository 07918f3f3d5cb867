"""The report of an incident in Markdown: what was seen, why, what was done, before and after.

For a ticket or a wiki page, so all text of the appliance stands in code that no Markdown reader interprets.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby

from checks import __version__
from checks.inert import inert
from checks.model import Diagnosis, Finding, NodeKind, State
from checks.plan import Reboot, Restore, Run, Step, Write
from checks.snapshot import Snapshot
from checks.transaction import Outcome, StepState, Transaction

_WIDTH = 400


def incident(before: Snapshot, after: Snapshot, ended: Transaction) -> str:
    """The whole report. ``before`` is the moment that the plan was made from, ``after`` the last one."""
    prepared = ended.prepared
    finding = before.diagnosis.finding(prepared.finding_id)
    what = finding.title if finding is not None else prepared.fix.summary
    parts = [
        f"# {prepared.code}: {_text(what)}",
        _facts(before, after, ended),
        "## What was seen",
        _seen(before.diagnosis),
    ]
    if finding is not None:
        parts += ["## Why", *_why(finding, before.diagnosis)]
    parts += ["## What was done", *_done(ended), "## Before and after", _compared(before.diagnosis, after.diagnosis)]
    parts += ["## What is left", *_left(after.diagnosis, ended)]
    return "\n\n".join(parts) + "\n"


def _facts(before: Snapshot, after: Snapshot, ended: Transaction) -> str:
    prepared, origin = ended.prepared, before.origin
    sign = "" if ended.proven else "? " if ended.unverified or ended.outcome is Outcome.LOST else "✗ "
    rows = [
        ("appliance", _code(origin.target) + (f" via {_code(', '.join(origin.via))}" if origin.via else "")),
        ("site", _text(origin.site)),
        ("began", _text(f"{before.diagnosis.since:%Y-%m-%d %H:%M:%S} UTC") if before.diagnosis.since else ""),
        ("seen", _time(before.read_at)),
        (prepared.kind, f"{_time(ended.started_at)}, {ended.elapsed:.0f} s"),
        ("read again", _time(after.read_at)),
        ("outcome", f"**{sign}{ended.ending}**. {_text(ended.sentence)}"),
        ("plan", _code(prepared.fix.digest)),
        ("audit log", _code(prepared.audit)),
        ("written by", f"noroute {__version__}"),
    ]
    return "\n".join(["| | |", "|---|---|", *(f"| {key} | {value} |" for key, value in rows if value)])


def _seen(diagnosis: Diagnosis) -> str:
    rows = [f"**{diagnosis.verdict}**: {_text(diagnosis.sentence)}", ""]
    rows += [f"- {found.severity}: {_code(found.id)} {_text(found.title)}" for found in diagnosis.findings]
    return "\n".join(rows).rstrip()


def _why(finding: Finding, diagnosis: Diagnosis) -> list[str]:
    parts = [_text(finding.explanation)]
    # Lines of one journal are one block.
    for (source, line, note), some in groupby(finding.excerpts, lambda one: (one.source, one.line, one.note)):
        place = f"{source}, line {line}" if line is not None else source
        said = f" ({_text(note)})" if note else ""
        text = "\n".join(excerpt.text for excerpt in some)
        parts.append(f"{_code(place)}{said}:\n\n{_block(text)}")
    follows = [found for found in map(diagnosis.finding, finding.explains) if found is not None]
    if follows:
        rows = [f"- {_code(found.id)} {_text(found.title)}" for found in follows]
        parts.append("\n".join(["It explains:", "", *rows]))
    return parts


def _done(ended: Transaction) -> list[str]:
    parts = [_step(step) for step in ended.prepared.fix.steps]
    if ended.prepared.backup and ended.wrote:
        parts.append(f"The old bytes are kept in {_code(ended.prepared.backup)}.")
    rows = ["| step | | | |", "|---|---|---|---|"]
    for number, step in enumerate(ended.steps, 1):
        took = f"{step.seconds:.1f} s" if step.seconds is not None else ""
        detail = step.detail or ("not needed" if step.state is StepState.SKIPPED else "")
        rows.append(f"| {number} {step.name} | {step.state} | {_text(detail)} | {took} |")
    parts.append("\n".join(rows))
    if ended.log:
        parts.append(_block("\n".join(f"{at:%H:%M:%S} {inert(text, _WIDTH)}" for at, text in ended.log)))
    return parts


def _step(step: Step) -> str:
    match step:
        case Write():
            return f"Changed {_code(step.path)}:\n\n{_block(step.diff(), 'diff')}"
        case Restore():
            return f"Put the bytes of {_code(step.source)} into {_code(step.path)}."
        case Run():
            return f"Ran {_code(step.command)}" + (f": {_text(step.why)}." if step.why else ".")
        case Reboot():
            return "Restarted the whole appliance."


def _compared(before: Diagnosis, after: Diagnosis) -> str:
    rows = ["| | before | after |", "|---|---|---|", f"| verdict | {before.verdict} | {after.verdict} |"]
    then = {node.id: node for node in before.nodes}
    now = {node.id: node for node in after.nodes}
    for id in dict.fromkeys([*then, *now]):
        old, new = then.get(id), now.get(id)
        states = [str(node.state) if node is not None else "not there" for node in (old, new)]
        node = new or old
        if node is not None and (states[0] != states[1] or node.kind is NodeKind.VIP):
            rows.append(f"| {_text(node.label)} | {states[0]} | {states[1]} |")
    return "\n".join(rows)


def _left(after: Diagnosis, ended: Transaction) -> list[str]:
    if ended.outcome is Outcome.LOST:
        return ["The appliance was lost on the way: what is so now has to be read again."]
    answering = sum(node.state is State.OK for node in after.of_kind(NodeKind.VIP))
    parts = [f"{answering} of {len(after.of_kind(NodeKind.VIP))} VIPs answer."]
    if after.findings:
        parts.append(
            "\n".join(f"- {found.severity}: {_code(found.id)} {_text(found.title)}" for found in after.findings)
        )
    if not ended.proven:
        parts.append(ended.became + (" `noroute undo` takes it back." if ended.undoable else ""))
    if ended.prepared.backup and ended.wrote:
        parts.append(f"The backup {_code(ended.prepared.backup)} stays on the appliance until you remove it.")
    return parts


def _time(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if at is not None else ""


def _text(text: str) -> str:
    """Words that Markdown and HTML leave as they are."""
    shown = inert(text, _WIDTH)
    return "".join(f"&#{ord(char)};" if char in "\\`*_[]<>|#&!~{}" else char for char in shown)


def _code(text: str) -> str:
    shown = inert(text, _WIDTH).replace("`", "'").replace("|", "\\|")
    return f"`{shown}`" if shown.strip() else ""


def _block(text: str, language: str = "") -> str:
    """A fenced block; no line of it can end the fence."""
    lines = [inert(line, _WIDTH) for line in text.rstrip("\n").split("\n")]
    fence = "`" * max(3, 1 + max((len(line) - len(line.lstrip("`")) for line in map(str.strip, lines)), default=0))
    return "\n".join([f"{fence}{language}", *lines, fence])
