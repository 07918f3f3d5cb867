"""C: whether what stands in the range file ever reached the kernel, and who still watches the file."""

from __future__ import annotations

from collections.abc import Iterator

from checks.addresses import address
from checks.evidence.evidence import Evidence
from checks.evidence.journal import last_start
from checks.evidence.manifest import ANYIP_CFG
from checks.evidence.ranges import HARMLESS, RangeLine
from checks.model import Excerpt, ExcerptKind, Severity
from checks.plan import Fix
from checks.rules.facts import (
    anyip_covers,
    bad_line,
    file_excerpt,
    held_down,
    journal_excerpts,
    owns,
    reader_dead,
    stumbles,
    unowned,
    vip_binds,
)
from checks.rules.occupants import avoiding
from checks.rules.range_repair import RESTART_CHAIN, range_fix, start_obstacle
from checks.rules.references import LAB, SCRIPTS
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.site import Site

_UNIT = "unit:anyip-routes"
_FILE = f"file:{ANYIP_CFG}"
# bash that watches, inotifywait, and the bash that reads what inotifywait says.
_PROCESSES = 3


def reread(e: Evidence) -> Fix | None:
    """Let the unit read the file again, and start haproxy where it is down. A line over which the restart would fail is
    put right in the same plan. None where the file holds an address of somebody's that the kernel does not take yet."""
    if stumbles(e):
        return range_fix(e)
    if start_obstacle(e):
        return None
    haproxy = e.unit("haproxy")
    down = haproxy is not None and not haproxy.running and not held_down(e)
    steps = RESTART_CHAIN if down else (RESTART_CHAIN[1],)
    return Fix(
        summary="restart anyip-routes" + (", start haproxy" if down else ""),
        steps=steps,
        interrupts="nothing more: haproxy is down already"
        if down
        else "every VIP pauses for about a second; connections survive",
        verifies=("the finding is gone and nothing new is red",),
        routed=tuple(line.subject for line in e.ranges or () if line.read and line.network and line.meant),
        undone="nothing is written; what the file says is what is meant",
        seconds=3,
    )


@rule(
    "C02",
    "edit-not-applied",
    group="services",
    node=_UNIT,
    needs=(_FILE, "units", "routes"),
    sources=(LAB, SCRIPTS),
)
def edit_not_applied(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A range of the file is not in the kernel.

    A range stands in the file, spelled right, and the unit is green, but the kernel does not route it: an edit was not
    applied, or somebody deleted the route.

    Recognise: the CIDR is in anyip-routes.cfg and not in "ip route show table local"; no line about it in the journal
    after "watching configuration file for changes". Where the journal says "adding route for" it, the route was deleted
    by hand since.

    Why: the unit watches the inode of the file. Editors, "sed -i" and configuration management put a new file in its
    place, and the watch goes on watching the old one. Later edits are not seen either.

    Repair: "systemctl restart anyip-routes" (bound sockets survive it). Next time append with ">>", which keeps the
    inode.

    Undo: nothing is written, and what the file says is what is meant: there is no way back but another edit.

    See also: C26 (the watcher's reader has died), A14.
    """
    unit = e.unit("anyip-routes")
    if unit is None or not unit.running:
        return
    file = e.files[ANYIP_CFG]
    watcher = next(
        (one for one in e.watchers or () if one.unit == "anyip-routes" and "inotifywait" in one.command), None
    )
    blind = watcher is not None and (watcher.inode is None or (file.stat and watcher.inode != file.stat.inode))
    bad = any(line.defect is not None and line.defect not in HARMLESS for line in e.ranges or ())
    for line in e.ranges or ():
        network = line.network
        if network is None or not line.read:
            continue
        # Behind a line that killed the reader the rest of the file is not applied either: that is the bad line's.
        if anyip_covers(e, network) or bad:
            yield Passed(line.subject, _UNIT)
            continue
        stranded = [
            bind.address
            for bind in vip_binds(e)
            if (at := address(bind.address)) and at in network and owns(e, at) is False
        ]
        title, why = _not_applied(e, line, blind=bool(blind))
        yield Found(
            subject=line.subject,
            node=_UNIT,
            title=title,
            explanation=f"The line is in the file, not in the kernel: {why} No one answers for the range.",
            excerpts=(
                file_excerpt(file, line.number, span=(0, len(line.text)), note="not routed"),
                *journal_excerpts("anyip-routes", e.lines_of("anyip-routes"), limit=2),
            ),
            breaks=frozenset(unowned(text) for text in stranded),
            remedy=avoiding(start_obstacle(e)) or "systemctl restart anyip-routes",
            fix=reread(e),
        )


def _not_applied(e: Evidence, line: RangeLine, *, blind: bool) -> tuple[str, str]:
    """The title and why a line is not routed. ``blind`` says that the unit watches another file."""
    said = (f"adding route for {line.text}", f"route already exists for {line.text}")
    if any(one.text.endswith(said) for one in last_start(e.lines_of("anyip-routes"), "anyip-routes")):
        return f"the route of {line.subject} is gone", "the unit had routed it, and somebody deleted the route since."
    if blind:
        return f"{line.subject} was never applied", "the unit never saw it, because an editor replaced the file."
    return f"{line.subject} is not routed", "the unit is green and says nothing of it."


@rule(
    "C26",
    "watcher-reader-dead",
    severity=Severity.WARNING,
    group="services",
    node=_UNIT,
    needs=("units", "watchers"),
    sources=(LAB,),
)
def reader_is_dead(e: Evidence, _: Site) -> Iterator[Outcome]:
    """Nobody reads what the watcher sees.

    The unit is green, but the part of it that acts on edits has died: later edits of the file do nothing.

    Recognise: the unit's processes are two instead of three: the reading bash is missing beside inotifywait.

    Why: a bad line that was edited into the file of a running appliance ended the reader; so does a range in another
    spelling than its route has (A10, A11), because adding the route again fails. Correcting the line does not bring the
    reader back.

    Repair: correct the line, then "systemctl restart anyip-routes".

    Undo: nothing is written, and nobody wants the dead reader back.

    See also: A01, A10, C02, C27.
    """
    unit = e.unit("anyip-routes")
    mine = [one for one in e.watchers or () if one.unit == "anyip-routes" or "anyip" in one.command]
    if unit is None or not unit.running or not any("inotifywait" in one.command for one in mine):
        yield Passed("anyip-routes", _UNIT)
        return
    if len(mine) >= _PROCESSES:
        yield Passed("anyip-routes", _UNIT, f"{len(mine)} processes")
        return
    broken = any(line.defect is not None and line.defect not in HARMLESS for line in e.ranges or ())
    over = " over a bad line" if broken else " over an old route" if stumbles(e) else ""
    yield Found(
        subject="anyip-routes",
        node=_UNIT,
        title="anyip-routes is deaf: later edits do nothing",
        explanation=(
            f"The unit is green, but the process that acts on edits has died{over}. Edits of the range file change "
            "nothing until the unit restarts."
        ),
        excerpts=tuple(
            Excerpt("processes of anyip-routes", f"{one.pid} {one.command}", ExcerptKind.COMMAND) for one in mine
        ),
        broken_by=frozenset({reader_dead("anyip-routes")}),
        remedy="systemctl restart anyip-routes",
        fix=None if broken else reread(e),
    )


@rule(
    "C27",
    "time-bomb",
    severity=Severity.WARNING,
    group="services",
    node=_UNIT,
    needs=(_FILE, "routes"),
    sources=(LAB,),
)
def time_bomb(e: Evidence, _: Site) -> Iterator[Outcome]:
    """Everything works until the next reboot.

    A bad line stands in the range file while the route of an earlier, good line still lives in the kernel.

    Recognise: the line is refused by ip, yet "ip route show table local" has the range and the VIPs answer.

    Why: the unit removes only what the file lists now, so the earlier route stays. The next boot starts without it,
    and every VIP is dead.

    Repair: correct the line now, while nothing is broken.

    See also: A01, C04, C26.
    """
    for line in e.ranges or ():
        bad = line.defect is not None and line.defect not in HARMLESS
        if not bad or not line.meant or not all(anyip_covers(e, network) for network in line.meant):
            yield Passed(line.subject, _UNIT)
            continue
        yield Found(
            subject=line.subject,
            node=_UNIT,
            title="the VIPs live on a route of earlier days",
            explanation=(
                "The line in the file is refused, the range works by a route that was made before. The next reboot "
                "starts without it, and then no VIP answers."
            ),
            excerpts=(file_excerpt(e.files[ANYIP_CFG], line.number, span=(0, len(line.text)), note="refused"),),
            broken_by=frozenset({bad_line(line.subject)}),
            remedy="correct the line before the next reboot",
        )
