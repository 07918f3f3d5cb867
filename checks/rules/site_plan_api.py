"""B and D: the data plane API, against the plan."""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence.evidence import Evidence
from checks.evidence.manifest import DATAPLANE_CFG, HAPROXY_CFG
from checks.model import Excerpt, ExcerptKind, Grade, Severity
from checks.rules.facts import file_excerpt, setting
from checks.rules.references import SCRIPTS
from checks.rules.rule import Found, Outcome, Passed, rule
from checks.site import Site


@rule(
    "B17",
    "api-port",
    severity=Severity.INFO,
    grade=Grade.CODE,
    group="dataplane API",
    node="unit:dataplaneapi",
    needs=(f"file:{DATAPLANE_CFG}",),
    sources=(SCRIPTS,),
)
def other_port(e: Evidence, site: Site) -> Iterator[Outcome]:
    """The data plane API has another port than planned.

    The wizard has to be told the port that the API really has.

    Recognise: TLS_PORT in dataplaneapi.cfg; 5556 is the default.

    Why: the OVF form lets one choose it.

    Repair: write the same port in Workload Management. It cannot be changed there later.

    See also: D01, D10.
    """
    port, line = setting(e, "TLS_PORT")
    if not line or port == str(site.dataplane_port):
        yield Passed("TLS_PORT", "unit:dataplaneapi")
        return
    yield Found(
        subject="TLS_PORT",
        node="unit:dataplaneapi",
        title=f"the data plane API listens on port {port[:5]}",
        explanation=f"Not on {site.dataplane_port}: Workload Management has to be told {port[:5]}.",
        excerpts=(file_excerpt(e.files[DATAPLANE_CFG], line, context=1),),
    )


@rule(
    "D02",
    "api-user",
    severity=Severity.WARNING,
    grade=Grade.SRC,
    group="dataplane API",
    node="unit:dataplaneapi",
    needs=(f"file:{HAPROXY_CFG}",),
    sources=("the API's own answers",),
)
def api_user(e: Evidence, site: Site) -> Iterator[Outcome]:
    """The API does not know the user.

    The user of the plan is not in the list that the data plane API asks.

    Recognise: "userlist controller" in haproxy.cfg; the Supervisor is answered 401.

    Why: a slip in the wizard, or the user was changed on one side. Whether the password fits is not tried: it
    would have to leave this machine.

    Repair: correct the user in Workload Management, then restart the wcp service.

    See also: B15, D01.
    """
    users = api_users(e)
    if not site.haproxy_user or not users:
        return
    if site.haproxy_user in users:
        yield Passed("userlist", "unit:dataplaneapi")
        return
    yield Found(
        subject="userlist",
        node="unit:dataplaneapi",
        title=f"the API knows no user {site.haproxy_user}",
        explanation="The Supervisor is answered 401 with the user of the plan, and cannot program haproxy.",
        excerpts=(Excerpt(HAPROXY_CFG, f"user {', '.join(sorted(users))}", ExcerptKind.FILE, guilty=True),),
        remedy="correct the user in Workload Management",
    )


def api_users(e: Evidence) -> set[str]:
    """The users in the list that the data plane API asks."""
    found, inside = set(), False
    for raw in e.files[HAPROXY_CFG].lines:
        words = raw.decode("utf-8", "replace").split()
        if words and not raw[:1].isspace():
            inside = words[:2] == ["userlist", "controller"]
        elif inside and words[:1] == ["user"] and len(words) > 1:
            found.add(words[1])
    return found
