"""df and stat -f: what is left on the machine's one disk, for everybody and for root."""

from __future__ import annotations

from tui.demo.files import CAPACITY
from tui.demo.machine import Call, Result, text

_BLOCK = 4096
# In kilobytes.
_SIZE = 20_145_724
_USED = 3_411_208 + CAPACITY // 1024
_KEPT = 1_024_000


async def df(call: Call) -> Result:
    row = f"/dev/sda2       {_SIZE} {_USED}  {_SIZE - _USED - _KEPT}      18% /\n"
    head = "Filesystem     1024-blocks    Used Available Capacity Mounted on\n"
    folders = [word for word in call.words if word.startswith("/")]
    return text(head + row * max(len(folders), 1))


def file_system() -> dict[str, object]:
    """The letters of a format of ``stat -f``."""
    free = _SIZE - _USED
    return {
        "b": _blocks(_SIZE),
        "f": _blocks(free),
        "a": _blocks(free - _KEPT),
        "s": _BLOCK,
        "S": _BLOCK,
        "T": "ext2/ext3",
    }


def _blocks(kilobytes: int) -> int:
    return kilobytes * 1024 // _BLOCK
