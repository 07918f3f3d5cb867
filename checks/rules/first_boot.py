"""B: what the first boot left, by the steps that its log names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.evidence.evidence import Evidence
from checks.evidence.manifest import ANYIP_CFG, FIRST_BOOT_STEPS, HAPROXY_CFG
from checks.model import Excerpt, ExcerptKind, Grade, Severity
from checks.rules.facts import FIRST_BOOT_STOPPED, UNWRITTEN
from checks.rules.references import LAB, REPOSITORY, SCRIPTS, issue
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.rules.site_plan_api import api_users
from checks.site import Site

_NEEDS = ("first-boot",)
_LOG = "/var/log/cloud-init.log"
_LAST_STEP = FIRST_BOOT_STEPS[-1]


def _log(e: Evidence) -> tuple[str, ...]:
    """The steps and known troubles that the log of the first boot names, in order."""
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

    Recognise: /var/log/vmware/ovf-to-cloud-init.log ends before "+ writeNetPostConfig".

    Why: the script stops at its first mistake, and it has marked itself as done before it began.

    Repair: correct the property and deploy anew.

    See also: B01, B07, B15.
    """
    log = _log(e)
    steps = [row for row in log if row in FIRST_BOOT_STEPS]
    if not steps or _LAST_STEP in steps:
        yield Passed("first-boot", "appliance")
        return
    yield Found(
        subject="first-boot",
        node="appliance",
        title=f"the first boot stopped at {steps[-1]}",
        explanation=(
            "What comes behind that step was never written: ranges, API user or routing tables may be missing, and "
            "a reboot does not help."
        ),
        excerpts=tuple(
            Excerpt("steps of the first boot", row, ExcerptKind.COMMAND, guilty=row not in steps) for row in log[-3:]
        ),
        breaks=frozenset({UNWRITTEN}),
        broken_by=frozenset({FIRST_BOOT_STOPPED}),
        remedy="correct the property and deploy anew",
        severity=Severity.FAILED if e.tables == () else None,
    )


@rule(
    "B15",
    "api-password-dash",
    grade=Grade.SRC,
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
    if "Unknown option" not in _log(e) or api_users(e):
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
        breaks=frozenset({FIRST_BOOT_STOPPED}),
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


def _cloud_init_said(e: Evidence) -> str:
    return e.sections["cloud-init"].text


@rule(
    "B01",
    "never-configured",
    grade=Grade.SRC,
    group="services",
    node="appliance",
    needs=("cloud-init", f"file:{ANYIP_CFG}"),
    sources=(issue(35), f"{REPOSITORY}/pull/34"),
)
def never_configured(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The appliance never got its settings.

    cloud-init found no properties, so the first boot configured nothing.

    Recognise: "No value found for key metadata" and "loaded metadata {}" in /var/log/cloud-init.log; no range, and the
    password of the form does not work.

    Why: from vSphere 8.0 U3 on a guest may not write the variable through which the appliance of 2021 hands itself the
    settings.

    Repair: deploy it without power, add the advanced setting guest_rpc.auth.cloud-init.set = FALSE, then power on. The
    first boot happens once: an appliance that had it is deployed anew.

    Fixed in: no build that was released: the vendor's source has it since August 2024.

    See also: B06, B07.
    """
    said = _cloud_init_said(e)
    if e.ranges or "No value found for key metadata" not in said or "loaded metadata {}" not in said:
        yield Passed("cloud-init", "appliance")
        return
    yield Found(
        subject="cloud-init",
        node="appliance",
        title="the first boot found no settings",
        explanation=(
            "cloud-init was handed nothing, so neither addresses nor ranges nor passwords of the form are here."
        ),
        excerpts=(Excerpt(_LOG, "loaded metadata {}", ExcerptKind.COMMAND, guilty=True),),
        remedy="deploy anew with guest_rpc.auth.cloud-init.set = FALSE before the first start",
    )


@rule(
    "C14",
    "cloud-init-import",
    grade=Grade.SRC,
    group="services",
    node="appliance",
    needs=("cloud-init",),
    sources=(issue(30),),
)
def import_error(e: Evidence, _: Site) -> Iterator[Outcome]:
    """cloud-init stumbles over its own Photon module.

    A build of one's own with a newer cloud-init configures no network.

    Recognise: "cannot import name 'mask_to_net_prefix'" in /var/log/cloud-init.log.

    Why: cloud-init renamed the function that the module asks for.

    Repair: ipv4_mask_to_net_prefix in the module, and boot again.

    See also: B01.
    """
    if "mask_to_net_prefix" not in _cloud_init_said(e):
        yield Passed("cloud-init-import", "appliance")
        return
    yield Found(
        subject="cloud-init",
        node="appliance",
        title="cloud-init cannot load its Photon module",
        explanation="It asks for a function that newer versions have renamed: the network is not configured.",
        excerpts=(
            Excerpt(
                "/var/log/cloud-init.log", "cannot import name 'mask_to_net_prefix'", ExcerptKind.COMMAND, guilty=True
            ),
        ),
        remedy="ipv4_mask_to_net_prefix in cloud-init's Photon module",
    )
