"""Two faults at once: repaired one after the other, undone in either order, and neither loses anything of the other."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from checks.session import Session
from checks.transaction import Outcome, Transaction
from tests.lab.addresses import BANNER_URL
from tests.lab.bench import Bench
from tests.lab.faults import FAULTS
from tests.lab.product.doctor import carried_out, visit
from tests.lab.product.test_faults import contents

BAD_RANGE: Final = "A01:10.10.18.18/28"


@dataclass(frozen=True)
class Pair:
    """What is broken besides the range, the finding of that, and the order in which the two fixes are taken back."""

    fault: str
    finding: str
    undone: tuple[int, int]


PAIRS: Final = (
    Pair("haproxy-syntax-with-copy", "C11:haproxy.cfg:64", (0, 1)),
    Pair("stale-mac", "C28:00:50:56:8e:99:99", (1, 0)),
)


async def done(session: Session, finding: str) -> Transaction:
    ended = await carried_out(session, await session.prepare_fix(finding))
    assert ended.outcome is Outcome.FIXED, (ended.sentence, ended.log)
    return ended


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.finding.partition(":")[0])
async def test_two_faults_are_repaired_and_taken_back_one_by_one(lab: Bench, state: Path, pair: Pair) -> None:
    FAULTS[pair.fault].break_it(lab)
    lab.apply("host-bits")
    before, both = contents(lab), [BAD_RANGE, pair.finding]
    async with visit(lab, state) as session:
        assert sorted((await session.once()).diagnosis.roots) == sorted(both)
        ended = [await done(session, BAD_RANGE)]
        assert list(session.snapshot.diagnosis.roots) == [pair.finding]
        ended.append(await done(session, pair.finding))
        assert not session.snapshot.diagnosis.roots
        assert lab.client_http("far", BANNER_URL).status == 200
        back: list[str] = []
        for which in pair.undone:
            undo = await session.prepare_undo(ended[which].prepared.fix_id)
            taken = await carried_out(session, undo)
            assert taken.outcome is Outcome.UNDONE, (taken.sentence, taken.log)
            back.append(both[which])
            found = {one.id for one in (await session.once()).diagnosis.findings}
            assert set(back) <= found
        assert contents(lab) == before
        assert sorted(session.snapshot.diagnosis.roots) == sorted(both)
