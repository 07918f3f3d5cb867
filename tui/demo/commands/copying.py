"""``cp``: what an administrator types first, before a file is touched."""

from __future__ import annotations

from tui.demo.commands.streams import options
from tui.demo.machine import Call, Result


async def cp(call: Call) -> Result:
    """``cp [-afip] FILE... TARGET``: bytes into a file, in place where it is there, or into a directory."""
    try:
        _, names = options(call.words, "afip")
    except ValueError as why:
        return call.fail(str(why))
    if len(names) < 2:
        return call.fail(
            "missing file operand" if not names else f"missing destination file operand after '{names[0]}'"
        )
    disk = call.machine.disk
    target = disk.path(names.pop())
    into = disk.is_folder(target)
    if len(names) > 1 and not into:
        return call.fail(f"target '{target}' is not a directory")
    for name in names:
        source = disk.path(name)
        where = disk.path(source.rpartition("/")[2], target) if into else target
        if disk.is_folder(source):
            return call.fail(f"-r not specified; omitting directory '{name}'")
        if where == source:
            return call.fail(f"'{name}' and '{name}' are the same file")
        try:
            disk.write(where, disk.read(source), disk.inode(source).mode)
        except OSError as error:
            return call.fail(f"cannot copy '{name}': {error.strerror}")
    return Result()
