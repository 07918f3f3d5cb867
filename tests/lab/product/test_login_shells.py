"""Whatever shell root logs in with: every section arrives byte for byte as the command prints it on the appliance."""

import base64
from pathlib import Path
from typing import Final

import pytest

from checks.evidence.manifest import ITEMS, Item
from checks.evidence.section import Ending
from tests.lab.bench import Bench
from tests.lab.product.doctor import visit

SHELLS: Final = {"dash": "/bin/dash", "bash": "/bin/bash", "busybox": "/opt/busybox/sh"}
# What differs from one second to the next, or with who asks.
MOVING: Final = frozenset({"clock", "neighbours", "time-sync", "disk", "root-room", "routes", "show-stat", "listeners"})
# A NUL, a CR, bytes that are no UTF-8, and no newline at the end.
ODD: Final = b"# \x00 \xff\xfe \r\n10.10.18.16/28"


def printed_there(lab: Bench, item: Item) -> tuple[int, bytes]:
    """Exit code and output of an item's command, run on the appliance without SSH; the bytes come in base64."""
    lab.box.path("/root/item.sh").write_text(item.shell)
    said = lab.box.must(
        "export PATH=$PATH:/usr/local/bin; cd; { sh item.sh </dev/null 2>/dev/null; echo $? >item.code; } | base64 -w 0"
    )
    return int(lab.box.read("/root/item.code")), base64.b64decode(said)


@pytest.mark.parametrize("shell", sorted(SHELLS))
async def test_every_section_arrives_byte_for_byte(healthy_lab: Bench, state: Path, shell: str) -> None:
    lab, program = healthy_lab, SHELLS[shell]
    lab.box.must(f"mkdir -p /opt/busybox; ln -s /bin/busybox /opt/busybox/sh; usermod -s {program} root")
    lab.box.must("mv /usr/bin/chage /usr/bin/chage.away")
    lab.box.write("/etc/vmware/workload-networks.cfg", ODD)
    async with visit(lab, state) as session:
        snapshot = await session.once()
    assert snapshot.evidence is not None
    sections = snapshot.evidence.sections
    assert set(sections) == {item.name for item in ITEMS}
    compared = 0
    for item in ITEMS:
        if item.name in MOVING or item.name.startswith("journal:"):
            continue
        arrived = sections[item.name]
        assert (arrived.ending, arrived.code, arrived.out) == (Ending.EXITED, *printed_there(lab, item)), item.name
        compared += 1
    assert compared > 30
    assert sections["file:/etc/vmware/workload-networks.cfg"].out == ODD
    assert sections["password-age"].code == 127
    assert "password-age" in snapshot.evidence.missing
    assert any("H01:root" in left.checks for left in snapshot.diagnosis.not_checked)
