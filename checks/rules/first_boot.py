"""B: what the first boot left, by the steps that its log names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.evidence.evidence import Evidence
from checks.evidence.manifest import HAPROXY_CFG
from checks.model import Excerpt, ExcerptKind, Grade, Severity
from checks.rules.planned import api_users
from checks.rules.references import LAB, SCRIPTS, issue
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.site import Site

_NEEDS = ("first-boot",)
_LAST_STEP = "writeNetPostConfig"


def _steps(e: Evidence) -> tuple[str, ...]:
    """The steps and known failures that the log of the first boot names, in order."""
    rows = e.sections["first-boot"].text.splitlines()
    return tuple(match[1] for row in rows if (match := re.fullmatch(r"\s*[0-9]+ (.+)", row)))


@rule(
    "B06",
    "first-boot-aborted",
    severity=Severity.WARNING,
    grade=Grade.CODE,
    group="services",
    node="appliance",
    needs=_NEEDS,
    sources=(SCRIPTS,),
)
def aborted(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The first boot stopped half-way.

    Some settings were never written, and no later boot makes up for it.

    Recognise: /var/log/vmware/ovf-to-cloud-init.log ends before writeNetPostConfig.

    Why: the script stops at its first mistake, and it has marked itself as done before it began.

    Repair: correct the property and deploy anew.

    See also: B01, B07, B15.
    """
    steps = _steps(e)
    if not steps or _LAST_STEP in steps:
        yield Passed("first-boot", "appliance")
        return
    yield Found(
        subject="first-boot",
        node="appliance",
        title=f"the first boot stopped at {steps[-1][:26]}",
        explanation=(
            "What comes behind that step was never written: ranges, API user or routing tables may be missing, and "
            "a reboot does not help."
        ),
        excerpts=tuple(Excerpt("steps of the first boot", step, ExcerptKind.COMMAND) for step in steps[-3:]),
        remedy="correct the property and deploy anew",
    )


@rule(
    "B15",
    "api-password-dash",
    group="dataplane API",
    node="unit:dataplaneapi",
    needs=(*_NEEDS, f"file:{HAPROXY_CFG}"),
    sources=(issue(2), LAB),
)
def password_with_dash(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The API's password starts with a dash.

    The first boot took it for an option of openssl and stopped.

    Recognise: "Unknown option" in the log of the first boot; "userlist controller" in haproxy.cfg has no user;
    anyip-routes.cfg has no range.

    Why: the password is handed to "openssl passwd" without a guard, and the script stops at its first mistake.

    Repair: another password, and deploy anew.

    See also: B06, D02.
    """
    if "Unknown option" not in _steps(e) or api_users(e):
        yield Passed("userlist", "unit:dataplaneapi")
        return
    yield Found(
        subject="userlist",
        node="unit:dataplaneapi",
        title="the API has no user: its password began with -",
        explanation=(
            "The first boot took the password for an option and stopped: no user, no ranges, no routing tables."
        ),
        excerpts=(Excerpt("steps of the first boot", "Unknown option", ExcerptKind.COMMAND, guilty=True),),
        remedy="deploy anew with a password that does not start with a dash",
    )


@rule(
    "B20",
    "passwords-readable",
    severity=Severity.WARNING,
    grade=Grade.SRC,
    group="services",
    node="appliance",
    needs=("files",),
    sources=(issue(26),),
)
def readable_log(e: Evidence, _: Site) -> Iterator[Outcome]:
    """Others than root can read the passwords in the log of the first boot.

    The log holds root's and the API's password in clear.

    Recognise: "ls -l /var/log/vmware/ovf-to-cloud-init.log"; the vendor's support bundle takes it along.

    Why: the script that writes it shows every command with its words. The appliance keeps the file to root.

    Repair: "chmod 600", or shred it once the appliance runs. Change the passwords if the file left the machine.

    See also: C19.
    """
    row = next((row for row in e.sections["files"].text.splitlines() if row.endswith("/ovf-to-cloud-init.log")), "")
    mode = row.split(" ")[3] if row.count(" ") >= 5 else ""
    if not mode or mode[-1] in "0123":
        yield Passed("ovf-to-cloud-init.log", "appliance")
        return
    yield Found(
        subject="ovf-to-cloud-init.log",
        node="appliance",
        title="everybody may read the first boot's passwords",
        explanation="The log holds the passwords of root and of the API in clear, and its mode lets others read it.",
        excerpts=(Excerpt("stat", row, ExcerptKind.COMMAND, guilty=True),),
        remedy="chmod 600 /var/log/vmware/ovf-to-cloud-init.log, or shred it",
    )
