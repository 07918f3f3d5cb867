"""C and B: the appliance as a machine: disk and clock."""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence.evidence import Evidence
from checks.model import Excerpt, ExcerptKind, Grade, Severity
from checks.rules.references import VSPHERE_9_LAB
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.site import Site

_FULL = 99
_NEARLY = 95
_SKEW_SECONDS = 300


@rule(
    "C16", "disk-full", group="services", node="appliance", severity=Severity.INFO, grade=Grade.REASON, needs=("disk",)
)
def disk_full(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The disk is full.

    Nothing can be written: no change of haproxy, no log, no repair.

    Recognise: 100 % in "df -P /", "No space left on device".

    Why: logs, or bundles left in /root; the appliance has one disk of 20 GB.

    Repair: clean /var/log, "journalctl --vacuum-size=200M".
    """
    done: set[tuple[int, int]] = set()
    for disk in e.disks or ():
        if (disk.free, disk.used) in done:
            continue
        done.add((disk.free, disk.used))
        if disk.used < _NEARLY:
            yield Passed(disk.mount, "appliance", f"{disk.used} % used")
            continue
        full = disk.used >= _FULL
        yield Found(
            subject=disk.mount,
            node="appliance",
            title=f"{disk.mount} is full" if full else f"{disk.mount} is {disk.used} % full",
            explanation=(
                "A possible cause of refused changes: without room the API commits nothing, journald stops, and no "
                "repair can be written."
            ),
            excerpts=(
                Excerpt(
                    f"df -P {disk.mount}",
                    f"{disk.used}% used, {disk.free} bytes free",
                    ExcerptKind.COMMAND,
                    guilty=True,
                ),
            ),
            remedy="clean /var/log; journalctl --vacuum-size=200M",
        )


@rule(
    "C17",
    "clock-wrong",
    severity=Severity.WARNING,
    grade=Grade.SRC,
    group="dataplane API",
    node="appliance",
    needs=("clock",),
    sources=(VSPHERE_9_LAB,),
)
def clock_wrong(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The appliance's clock is wrong.

    Certificates look expired or not yet valid, mostly without a word.

    Recognise: "date -u" on the appliance against a clock you trust.

    Why: no time server is reachable, or the ESXi host's own clock is wrong.

    Repair: set NTP on the host first, then on the appliance (/etc/systemd/timesyncd.conf).

    See also: D04.
    """
    assert e.clock is not None
    if e.taken_at is None:
        return
    skew = (e.clock.now - e.taken_at).total_seconds()
    if abs(skew) < _SKEW_SECONDS:
        yield Passed("clock", "appliance", f"{skew:+.0f} s")
        return
    minutes = abs(skew) / 60
    yield Found(
        subject="clock",
        node="appliance",
        title=f"the clock is {minutes:.0f} min {'ahead' if skew > 0 else 'behind'} of this machine's",
        explanation="Certificates are judged by the clock: with a wrong one they look expired or not yet valid.",
        excerpts=(Excerpt("date -u", f"{e.clock.now:%Y-%m-%d %H:%M:%S}", ExcerptKind.COMMAND, guilty=True),),
        remedy="set NTP on the ESXi host, then in /etc/systemd/timesyncd.conf",
    )
