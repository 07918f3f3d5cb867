"""Every fault of the lab: one root, and where a repair is offered, a repair that repairs and can be undone."""

from pathlib import Path
from typing import Final

import pytest

from checks.model import Diagnosis, Finding, Severity, Verdict
from checks.refusal import Refusal
from checks.session import Session
from checks.transaction import Outcome
from tests.lab.addresses import APPLIANCE, BANNER_URL
from tests.lab.bench import Bench
from tests.lab.faults import FAULTS
from tests.lab.product.doctor import ON_LINK, ROUTED, carried_out, read, visit
from tests.lab.product.expected import EXPECTED, OF_BUILDS, Says, fires, repaired_code
from tests.lab.product.forms import form, form_in
from tests.lab.product.test_access import HALF_OPEN, REFUSED

FILES: Final = (
    "/etc/vmware/anyip-routes.cfg",
    "/etc/vmware/route-tables.cfg",
    "/etc/haproxy/haproxy.cfg",
    "/etc/haproxy/dataplaneapi.cfg",
    "/etc/haproxy/server.crt",
    "/etc/haproxy/server.key",
    "/etc/ssh/sshd_config",
)
# What boots besides the newest build on Debian 12: each build of the appliance, and HAProxy 2.2 of Debian 11.
BUILDS: Final = (("0.1.8", "bookworm"), ("0.1.10", "bookworm"), ("0.2.0", "bookworm"), ("head", "bullseye"))


def serious(diagnosis: Diagnosis) -> list[str]:
    return [found.id for found in diagnosis.findings if found.severity is not Severity.INFO]


def said(diagnosis: Diagnosis) -> Says:
    return Says(diagnosis.roots, diagnosis.verdict.value)


def contents(lab: Bench) -> list[bytes]:
    return [lab.box.read(path) for path in FILES]


def offered(diagnosis: Diagnosis) -> list[Finding]:
    """The roots for which a repair is offered."""
    found = (diagnosis.finding(root) for root in diagnosis.roots)
    return [root for root in found if root is not None and root.fix is not None]


def repairs(repairable: list[Finding]) -> tuple[str, str]:
    """The code that is repaired, and the form of its repair."""
    found = next(iter(repairable), None)
    return (found.code, form(found.fix)) if found is not None and found.fix is not None else ("", "")


def test_every_fault_is_judged() -> None:
    assert set(FAULTS) == set(EXPECTED) | set(REFUSED) | HALF_OPEN


@pytest.mark.parametrize(("version", "release"), BUILDS)
async def test_nothing_is_wrong_with_a_healthy_build(bench: Bench, state: Path, version: str, release: str) -> None:
    bench.fresh(version, release)
    bench.reboot()
    bench.wait_until_serving()
    diagnosis = await read(bench, state)
    assert diagnosis.verdict is Verdict.HEALTHY
    assert serious(diagnosis) == []
    assert diagnosis.counts.unknown == 0


@pytest.mark.parametrize(("version", "name"), sorted(OF_BUILDS))
async def test_a_fault_of_an_older_build_has_its_root_and_its_repair(
    bench: Bench, state: Path, version: str, name: str
) -> None:
    expected = OF_BUILDS[version, name]
    bench.fresh(version, "bookworm")
    bench.apply(name)
    assert said(await read(bench, state, ROUTED)) == Says(expected.roots, expected.far)
    async with visit(bench, state) as session:
        diagnosis = (await session.once()).diagnosis
        assert said(diagnosis) == Says(expected.roots, expected.verdict)
        repairable = offered(diagnosis)
        assert repairs(repairable) == (repaired_code(f"{version} {name}"), form_in(f"{version} {name}"))
        if repairable:
            await repair_and_undo(bench, session, repairable[0], expected.then)


@pytest.mark.parametrize("name", sorted(EXPECTED))
async def test_a_fault_has_its_root_and_its_repair(lab: Bench, state: Path, name: str) -> None:
    expected = EXPECTED[name]
    lab.apply(name)
    fired: set[str] = set()
    if expected.far:
        far = await read(lab, state, ROUTED)
        fired |= {found.code for found in far.findings}
        assert said(far) == Says(expected.routed, expected.far)
    if expected.judge != ON_LINK:
        near = await read(lab, state, ON_LINK)
        fired |= {found.code for found in near.findings}
        assert said(near) == Says(expected.roots, expected.verdict)
    async with visit(lab, state, expected.judge) as session:
        diagnosis = (await session.once()).diagnosis
        assert said(diagnosis) == Says(*expected.judged)
        assert fires(name) <= fired | {found.code for found in diagnosis.findings}
        if expected.verdict == "healthy":
            assert serious(diagnosis) == []
        repairable = offered(diagnosis)
        assert repairs(repairable) == (repaired_code(name) if form_in(name) else "", form_in(name))
        if repairable:
            await repair_and_undo(lab, session, repairable[0], expected.then)


async def test_after_its_repair_sshd_lets_people_in_again_and_without_it_does_not(lab: Bench, state: Path) -> None:
    lab.apply("sshd-told-elsewhere")
    listens = "systemctl restart ssh; ss -Hltn sport = :22"
    async with visit(lab, state) as session:
        await session.once()
        ended = await carried_out(session, await session.prepare_fix("C18:ListenAddress"))
        assert ended.outcome is Outcome.FIXED, (ended.sentence, ended.log)
    assert f"{APPLIANCE}:22" in lab.box.run(listens).out
    assert (await read(lab, state)).verdict is Verdict.HEALTHY
    async with visit(lab, state) as session:
        await session.once()
        assert (await carried_out(session, await session.prepare_undo())).outcome is Outcome.UNDONE
    assert f"{APPLIANCE}:22" not in lab.box.run(listens).out


async def test_a_certificate_is_renewed_again_after_its_way_back(lab: Bench, state: Path) -> None:
    lab.apply("certificate-expired")
    old = contents(lab)
    leave_half_a_copy_behind(lab)
    async with visit(lab, state) as session:
        await session.once()
        for _ in range(2):
            ended = await carried_out(session, await session.prepare_fix("D04:/etc/haproxy/server.crt"))
            assert ended.outcome is Outcome.FIXED, (ended.sentence, ended.log)
            assert contents(lab) != old
            assert (await carried_out(session, await session.prepare_undo())).outcome is Outcome.UNDONE
            assert contents(lab) == old
        await carried_out(session, await session.prepare_fix("D04:/etc/haproxy/server.crt"))
        lab.box.must(
            "cd /etc/haproxy && /usr/local/bin/new-cert.sh -1 ca.crt -2 ca.key by-hand . && "
            "systemctl restart dataplaneapi"
        )
        by_hand = contents(lab)
        with pytest.raises(Refusal, match=r"renewed since, and the undo would overwrite it\. Nothing was written"):
            await carried_out(session, await session.prepare_undo())
        assert contents(lab) == by_hand


def leave_half_a_copy_behind(lab: Bench) -> None:
    """As a disk that became full under the copying leaves it."""
    lab.box.must(
        "cd /etc/haproxy && stamp=$(openssl x509 -in server.crt -noout -fingerprint -sha256 | "
        "sed 's/.*=//; s/://g' | tr A-F a-f | cut -c 1-12) && "
        "head -c 100 server.crt >server.crt.noroute-$stamp.new && head -c 100 server.key >server.key.noroute-$stamp.new"
    )


async def repair_and_undo(lab: Bench, session: Session, finding: Finding, then: tuple[str, ...]) -> None:
    """The repair has to make the far client's banner come, and the way back to bring bytes and finding back."""
    before, of_another_cause = contents(lab), {*serious(session.snapshot.diagnosis), *then}
    of_another_cause -= {finding.id, *finding.explains}
    if len(session.snapshot.diagnosis.roots) > 1:
        # Two findings of one cause are repaired together.
        of_another_cause -= {*session.snapshot.diagnosis.roots}
    ended = await carried_out(session, await session.prepare_fix(finding.id))
    assert ended.outcome is Outcome.FIXED, (ended.sentence, ended.log)
    if not set(serious(session.snapshot.diagnosis)) <= of_another_cause:
        # The Data Plane API needs a moment more than its unit.
        assert set(serious((await session.once()).diagnosis)) <= of_another_cause
    assert lab.client_http("far", BANNER_URL).status == 200
    assert finding.fix is not None
    if not finding.fix.undoable:
        assert contents(lab) == before, "what writes can be undone"
        return
    ended = await carried_out(session, await session.prepare_undo())
    assert ended.outcome is Outcome.UNDONE, (ended.sentence, ended.log)
    assert contents(lab) == before
    assert session.snapshot.diagnosis.finding(finding.id) is not None
