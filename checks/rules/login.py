"""H: what stands between the tool and the appliance's shell."""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence.evidence import Evidence
from checks.model import Excerpt, ExcerptKind
from checks.rules.references import LAB
from checks.rules.rule import Found, Outcome, Passed, Unsure, rule
from checks.site import Site


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
            remedy="log in once with ssh in a terminal and change it",
        )
    elif e.password_age is None:
        yield Unsure("root", "appliance", e.missing.get("password-age", "not read"))
    else:
        until = f"until {e.password_age.expires}" if e.password_age.expires else "does not expire"
        yield Passed("root", "appliance", until)
