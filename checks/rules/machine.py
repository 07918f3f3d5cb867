"""C and B: the appliance as a machine: disk and clock."""

from __future__ import annotations

from collections.abc import Iterator

from checks.addresses import address
from checks.evidence.evidence import Evidence
from checks.evidence.manifest import JOURNALED, MANAGEMENT_NETWORK, SSHD_CONFIG
from checks.evidence.network_files import name_servers
from checks.evidence.system import Disk
from checks.model import Excerpt, ExcerptKind, Grade, Severity
from checks.rules.facts import CLOCK, NO_ROOM, NO_SPACE, file_excerpt, journal_excerpts, lines_with, own_addresses
from checks.rules.listen_address import sshd_here, words_for_sshd
from checks.rules.references import LAB, SCRIPTS, VSPHERE_9_LAB, issue
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.rules.sshd_settings import sshd_setting
from checks.site import Site

# Less than a certificate, a range file and its backup need.
_NO_ROOM = 1_000_000
# Of the appliance's 20 GB one is left: about a support bundle with the logs in it.
_NEARLY = 95
_LOGS = "/var/log"
_SKEW_SECONDS = 300
_SETTLED_SECONDS = 600


@rule("C16", "disk-full", group="services", node="appliance", needs=("disk",), sources=(LAB,))
def disk_full(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The disk is full.

    Nothing can be written: no change of haproxy, no certificate, no log, no repair. What haproxy has in memory goes on
    working.

    Recognise: 100 % and 0 available in "df -P /", 4096 free blocks or less in "stat -f /", "No space left on device".

    Why: logs, or bundles left in /root are the possible causes; the appliance has one disk of 20 GB. ext4 keeps 5 % for
    root and the last 4096 blocks for nobody: with 0 available in df root can still write up to 1 GB.

    Repair: clean /var/log, "journalctl --vacuum-size=200M".

    See also: C13.
    """
    said = {unit: lines for unit in JOURNALED if (lines := lines_with(e.lines_of(unit), *NO_SPACE))}
    done: set[tuple[int, int]] = set()
    for disk in e.disks or ():
        if (disk.free, disk.used) in done:
            continue
        done.add((disk.free, disk.used))
        tight = disk.free < _NO_ROOM
        if disk.used < _NEARLY and not tight:
            yield Passed(disk.mount, "appliance", f"{disk.used} % used")
            continue
        logs = disk.mount == _LOGS
        # Where nobody asked what root may write, a program that could not is the proof.
        full = tight and (bool(said) if disk.room is None else disk.room < _NO_ROOM)
        title, explanation = _full(disk, logs=logs) if full else _filling(disk, tight=tight)
        yield Found(
            subject=disk.mount,
            node="appliance",
            title=title,
            explanation=explanation,
            excerpts=(
                _measured(f"df -P {disk.mount}", f"{disk.used}% used, {disk.free} bytes free"),
                *(
                    (_measured(f"stat -f {disk.mount}", f"{disk.room} bytes for root"),)
                    if tight and disk.room is not None
                    else ()
                ),
                *(row for unit in said if full for row in journal_excerpts(unit, said[unit], *NO_SPACE, limit=1)),
            ),
            breaks=frozenset({NO_ROOM}) if full and not logs else frozenset(),
            remedy="clean /var/log; journalctl --vacuum-size=200M",
            severity=None if full and not logs else Severity.WARNING,
        )


def _measured(command: str, text: str) -> Excerpt:
    return Excerpt(command, text, ExcerptKind.COMMAND, guilty=True)


def _full(disk: Disk, *, logs: bool) -> tuple[str, str]:
    if logs:
        return f"{disk.mount} is full", "Nothing more can be logged: what happens from now on leaves no trace."
    return (
        f"{disk.mount} is full",
        "Nothing can be written: the API commits no change, logs stop, no repair can be made. VIPs that exist work on "
        "until haproxy.cfg has to change.",
    )


def _filling(disk: Disk, *, tight: bool) -> tuple[str, str]:
    then = "nothing can be written: no change of haproxy, no log, no repair."
    title = f"{disk.mount} is {disk.used} % full"
    if not tight:
        return title, f"When it is full {then}"
    if disk.room is None:
        return title, f"How much root may still write was not read; after that {then}"
    return (
        f"{disk.mount} is full for all but root",
        f"{disk.room // 1_000_000} MB are left, for root alone; after them {then}",
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

    See also: B13, D04.
    """
    assert e.clock is not None
    if e.taken_at is None:
        return
    skew = (e.clock.now - e.taken_at).total_seconds()
    if abs(skew) < _SKEW_SECONDS:
        yield Passed("clock", "appliance", f"{skew:+.0f} s")
        return
    minutes = abs(skew) / 60
    one = e.certificate
    misjudged = one is not None and (
        one.not_before <= e.taken_at < one.not_after and not one.not_before <= e.clock.now < one.not_after
    )
    yield Found(
        subject="clock",
        node="appliance",
        title=f"the clock is {minutes:.0f} min {'ahead' if skew > 0 else 'behind'} of this machine's",
        explanation="Certificates are judged by the clock: with a wrong one they look expired or not yet valid.",
        excerpts=(Excerpt("date -u", f"{e.clock.now:%Y-%m-%d %H:%M:%S}", ExcerptKind.COMMAND, guilty=True),),
        breaks=frozenset({CLOCK}) if misjudged else frozenset(),
        remedy="set NTP on the ESXi host, then in /etc/systemd/timesyncd.conf",
        severity=Severity.FAILED if misjudged else None,
    )


@rule(
    "B18",
    "root-login-off",
    severity=Severity.INFO,
    grade=Grade.CODE,
    group="services",
    node="appliance",
    needs=(f"file:{SSHD_CONFIG}",),
    sources=(SCRIPTS, LAB),
)
def root_login_off(e: Evidence, site: Site) -> Iterator[Outcome]:
    """root may not log in over SSH.

    sshd answers "Permission denied", whatever the password.

    Recognise: "PermitRootLogin no" in sshd_config; to the client it looks like a wrong password.

    Why: a field of the OVF form; some sites want it so.

    Repair: set it to yes on the console and restart sshd, where your rules allow that.

    See also: H01.
    """
    value, line = sshd_setting(e, "PermitRootLogin")
    if value != "no":
        yield Passed("PermitRootLogin", "appliance")
        return
    yield Found(
        subject="PermitRootLogin",
        node="appliance",
        title="root may not log in over SSH",
        explanation="sshd refuses root with the words of a wrong password.",
        excerpts=(file_excerpt(e.files[SSHD_CONFIG], line, context=1),),
        remedy="PermitRootLogin yes, on the console, where your rules allow that",
        severity=Severity.WARNING if site.permit_root_login else None,
    )


@rule(
    "C18",
    "sshd-listens-elsewhere",
    severity=Severity.WARNING,
    group="services",
    node="appliance",
    needs=(f"file:{SSHD_CONFIG}", "addresses"),
    sources=(SCRIPTS, LAB),
)
def sshd_elsewhere(e: Evidence, _: Site) -> Iterator[Outcome]:
    """sshd is told to listen on an address that is not the appliance's.

    At its next start nobody can log in but on the console.

    Recognise: "Bind to port 22 on OLD failed: Cannot assign requested address." in its journal; ListenAddress in
    sshd_config.

    Why: the management address was changed by hand. sshd and the data plane API listen on the one of the first boot.

    Repair: correct ListenAddress in sshd_config and TLS_HOST in dataplaneapi.cfg; the certificate needs the new address
    too. Ask "sshd -t" before sshd is restarted; it need not be, as long as it lets people in.

    Undo: the old file comes back from its backup.

    See also: C13, B23.
    """
    value, line = sshd_setting(e, "ListenAddress")
    value = value.partition(":")[0]  # a port may follow
    at = address(value)
    if at is None or str(at) == "0.0.0.0" or at in own_addresses(e) or at.is_loopback:
        yield Passed("ListenAddress", "appliance")
        return
    yield Found(
        subject="ListenAddress",
        node="appliance",
        title=f"sshd is told to listen on {at}",
        explanation="The appliance has no such address: after the next start of sshd only the console is left.",
        excerpts=(file_excerpt(e.files[SSHD_CONFIG], line, note="not an address of its own", context=1),),
        remedy=words_for_sshd(e),
        fix=sshd_here(e, line, value),
    )


@rule(
    "B21",
    "default-name-server",
    severity=Severity.INFO,
    grade=Grade.SRC,
    group="services",
    node="network:management",
    needs=(f"file:{MANAGEMENT_NETWORK}",),
    sources=(issue(20),),
)
def default_dns(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The name servers are those of the form's default.

    In a closed network 1.1.1.1 answers nobody.

    Recognise: DNS=1.1.1.1 in /etc/systemd/network/10-management.network; SSH logins take long, time servers by name are
    not found.

    Why: the OVF form fills them in.

    Repair: write your own name servers, restart systemd-networkd.

    See also: B22, C17.
    """
    file = e.files[MANAGEMENT_NETWORK]
    line = name_servers(file).get("1.1.1.1", 0)
    if not line:
        yield Passed("DNS", "network:management")
        return
    yield Found(
        subject="DNS",
        node="network:management",
        title="the name server is the form's default",
        explanation="In a closed network 1.1.1.1 answers nobody: logins take long, time servers are not found by name.",
        excerpts=(file_excerpt(file, line, context=1),),
        remedy="write your own name servers, restart systemd-networkd",
    )


@rule(
    "B22",
    "time-not-synchronized",
    severity=Severity.INFO,
    grade=Grade.SRC,
    group="services",
    node="appliance",
    needs=("time-sync",),
    sources=(issue(20),),
)
def not_synchronized(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The clock follows no time server.

    It drifts, and certificates are judged by it.

    Recognise: "NTPSynchronized=no" in "timedatectl show".

    Why: the OVF form has no field for a time server, and the default ones are on the internet. Right after a
    boot it says no as well.

    Repair: name a server in /etc/systemd/timesyncd.conf, restart systemd-timesyncd.

    See also: C17, B13.
    """
    said = e.sections["time-sync"].text.splitlines()
    # Where nothing can set the clock (a container) its host does; right after a boot nobody has set it yet.
    fresh = e.clock is not None and e.clock.uptime < _SETTLED_SECONDS
    if "NTPSynchronized=no" not in said or "CanNTP=no" in said or fresh:
        yield Passed("time-sync", "appliance")
        return
    yield Found(
        subject="time-sync",
        node="appliance",
        title="the clock follows no time server",
        explanation="It drifts, and certificates are judged by it.",
        excerpts=(Excerpt("timedatectl show", "NTPSynchronized=no", ExcerptKind.COMMAND, guilty=True),),
        remedy="name a time server in /etc/systemd/timesyncd.conf",
    )
