"""What is seen where the way in does not hold."""

import socket
from pathlib import Path

import pytest

from checks.collector import Collector, Round
from checks.evidence.probes import Answer
from checks.model import Vantage
from checks.prompts import NeverAsk
from checks.refusal import Refusal
from checks.site import Site
from checks.sources.target import Place, Target


async def _nothing() -> None:
    raise AssertionError("nothing was read")


async def test_without_a_jump_host_this_machine_still_tries_the_vips(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and never listening: whoever connects is refused
        port = taken.getsockname()[1]
        target = Target("10.0.0.5", "root", jumps=(Place("127.0.0.1", "me", port),), config_files=("none",))
        looker = Collector(target, NeverAsk(), tmp_path, Site(), (f"127.0.0.1:{port}",))
        work = Round()
        with pytest.raises(Refusal, match="jump host"):
            await looker.look(work, Vantage.HERE, follow=False, meanwhile=_nothing)
        await looker.close()
    assert [(probe.vantage, probe.answer) for probe in work.probes] == [(Vantage.HERE, Answer.REFUSED)]
