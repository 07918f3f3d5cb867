"""Ways in that are shut, half open or noisy: each ends in words that name the cause, and leaves nothing behind."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from tests.lab.addresses import PLAIN_USER, SUDO_USER
from tests.lab.bench import Bench
from tests.lab.commands import run
from tests.lab.faults.access import NOT_UTF8
from tests.lab.faults.ranges import ANYIP
from tests.lab.product.doctor import noroute
from tests.lab.product.expected import SHUT
from tests.lab.product.traces import traces

# What each says on standard error; the exit code is 3 for all of them.
REFUSED: Final = {
    "root-password-expired": ("the password of root has expired",),
    "root-login-refused": ("permission denied", "PermitRootLogin"),
    "host-key-changed": ("THE HOST KEY HAS CHANGED", "ssh-keygen -R"),
    "jump-forwards-nothing": ("lab-jump", "AllowTcpForwarding"),
}
# What lets noroute in and keeps its probes out.
HALF_OPEN: Final = frozenset({"jump-forwards-only-ssh"})


def checked(lab: Bench, state: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, report and standard error."""
    said = noroute(lab, state, "check", "--format", "json", *words)
    return said.code, json.loads(said.out), said.err


def unread(report: dict[str, Any]) -> Sequence[str]:
    return [check for row in report["not_checked"] for check in row["checks"]]


@pytest.mark.parametrize("fault", sorted(REFUSED))
def test_a_shut_door_is_named(lab: Bench, state: Path, fault: str) -> None:
    lab.apply(fault)
    code, report, err = checked(lab, state)
    assert code == 3
    assert [words for words in REFUSED[fault] if words not in err] == []
    assert report["verdict"] != "healthy"
    assert report["checks"]["unknown"] > 40, "what was not read is unknown, each check of it"
    assert {node["state"] for node in report["nodes"] if node["kind"] == "unit"} <= {"unknown"}
    assert report["roots"] == [*SHUT.get(fault, report["roots"])]
    if fault == "host-key-changed":
        known = lab.slot.directory / "host-keys-192.168.100.10" / "ssh_host_ed25519_key.pub"
        shown = lab.box.path("/etc/ssh/ssh_host_ed25519_key.pub")
        for key in (known, shown):
            assert run(["ssh-keygen", "-lf", str(key)]).split()[1] in err, "both are shown"
    refused = noroute(lab, state, "fix", "A01", "--yes")
    assert refused.code == 3, refused
    assert traces(lab) == []


def test_a_user_with_sudo_is_as_good_as_root_and_one_without_is_told_what_is_missing(lab: Bench, state: Path) -> None:
    lab.apply("host-bits")
    lab.apply("root-login-refused")
    before = lab.box.read(ANYIP)

    code, report, _ = checked(lab, state, "-l", PLAIN_USER)
    assert code == 1, "what anybody may read is enough for this fault"
    assert report["roots"] == ["A01:10.10.18.18/28"]
    assert any(word in " ".join(unread(report)) for word in ("C16", "H01", "D04", "C02", "G08"))
    [why] = [row["why"] for row in report["not_checked"] if "what needs root" in row["checks"]]
    assert f"`{PLAIN_USER} ALL=(root) NOPASSWD: ALL` in sudoers" in why
    refused = noroute(lab, state, "fix", "A01", "--yes", "-l", PLAIN_USER)
    assert refused.code == 1, refused
    assert f"{PLAIN_USER} is not root" in refused.err
    assert "Nothing was written" in refused.err
    assert lab.box.read(ANYIP) == before
    assert traces(lab) == []

    code, report, _ = checked(lab, state, "-l", SUDO_USER)
    assert (code, report["roots"]) == (1, ["A01:10.10.18.18/28"])
    fixed = noroute(lab, state, "fix", "A01", "--yes", "-l", SUDO_USER)
    assert fixed.code == 0, fixed
    code, report, _ = checked(lab, state, "-l", SUDO_USER)
    assert (code, report["verdict"]) == (0, "healthy")


def test_a_jump_host_that_forwards_to_sshd_only_leaves_the_vips_unknown(healthy_lab: Bench, state: Path) -> None:
    healthy_lab.apply("jump-forwards-only-ssh")
    code, report, _ = checked(healthy_lab, state)
    assert (code, report["verdict"], report["findings"]) == (0, "incomplete", [])
    left = {check: row["why"] for row in report["not_checked"] for check in row["checks"]}
    vips = [why for check, why in left.items() if "10.10.18.19" in check]
    assert len(vips) == 2
    assert all("lab-jump" in why and "PermitOpen" in why for why in vips)
    assert noroute(healthy_lab, state, "check", "--fail-on-unknown").code == 3


def test_noise_and_narrow_doors_change_nothing(lab: Bench, state: Path) -> None:
    """Banners that are no text, a shell that prints junk, and one session at a time on both hosts; all at once."""
    lab.apply("host-bits")
    lab.apply("talkative-shell")
    lab.apply("appliance-banner")
    lab.apply("appliance-one-session")
    lab.jump.write("/etc/ssh/banner", NOT_UTF8)
    lab.jump.configure({"Banner": "/etc/ssh/banner", "MaxSessions": "1"})
    code, report, _ = checked(lab, state)
    assert (code, report["roots"]) == (1, ["A01:10.10.18.18/28"])
    fixed = noroute(lab, state, "fix", "A01", "--yes")
    assert fixed.code == 0, fixed
    code, report, _ = checked(lab, state)
    assert (code, report["verdict"], report["checks"]["unknown"]) == (0, "healthy", 0)
