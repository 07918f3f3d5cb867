"""H: what stands between the tool and the appliance's shell."""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence.evidence import Evidence
from checks.evidence.system import PasswordAge
from checks.model import Excerpt, ExcerptKind, Severity
from checks.rules.references import LAB
from checks.rules.rule import Found, Outcome, Passed, Unsure, rule
from checks.site import Site

_REMEDY = "log in once with ssh in a terminal and change it"


@rule("H01", "root-password-expired", group="services", node="appliance", sources=(LAB,))
def password_expired(e: Evidence, _: Site) -> Iterator[Outcome]:
    """The password of root has expired.

    The login succeeds and every command is refused until the password is changed.

    Recognise: ssh says "You are required to change your password immediately" or "Password change required but no TTY
    available."; "chage -l root" on the console shows the date.

    Why: the appliance's operating system ages passwords, commonly after 90 days. Keys do not help: the account itself
    has to change its password first.

    Repair: log in once with "ssh root@APPLIANCE" in a terminal, answer the prompts with the old and a new password.
    "chage -M 99999 root" ends the ageing, if your rules allow that.

    Undo: "chage -M 90 root" brings the ageing back.
    """
    if e.login.code == "H01":
        said = e.login.said.strip().splitlines()
        yield Found(
            subject="root",
            node="appliance",
            title="the password of root has expired",
            explanation=(
                "The login works, but the appliance refuses every command until the password is changed. "
                "Nothing is known about its inside until then."
            ),
            excerpts=tuple(Excerpt("ssh", line, ExcerptKind.COMMAND, guilty=True) for line in said[:3]),
            remedy=_REMEDY,
        )
    elif e.password_age is None:
        yield Unsure("root", "appliance", e.missing.get("password-age", "not read"))
    elif row := _expired(e, e.password_age):
        # Read through another user, or by a way in that does not ask for the age: the inside is known.
        yield Found(
            subject="root",
            node="appliance",
            title="the password of root has expired",
            explanation="A login as root is refused every command until the password is changed. VIPs go on working.",
            excerpts=(Excerpt("chage -l root", row, ExcerptKind.COMMAND, guilty=True),),
            remedy=_REMEDY,
            severity=Severity.WARNING,
        )
    else:
        until = f"until {e.password_age.expires}" if e.password_age.expires else "does not expire"
        yield Passed("root", "appliance", until)


def _expired(e: Evidence, age: PasswordAge) -> str:
    """The words of chage that say so, or "". Its last day is still good, by the clock that judges the login."""
    if age.must_change:
        return "Password expires: password must be changed"
    now = e.clock.now if e.clock else e.taken_at
    if age.expires is None or now is None or now.date() <= age.expires:
        return ""
    return f"Password expires: {age.expires:%b %d, %Y}"
