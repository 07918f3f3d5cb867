"""ls, stat, hostname, uptime."""

from __future__ import annotations

import time
from collections.abc import Mapping

from tui.demo.commands.space import file_system
from tui.demo.commands.streams import options
from tui.demo.files import Inode
from tui.demo.machine import Call, Result, text

_FILE_SYSTEM = (
    '  File: "%n"\n    Type: %T\nBlock size: %s       Fundamental block size: %S\n'
    "Blocks: Total: %b    Free: %f    Available: %a"
)


def _mode(mode: int, folder: bool = False) -> str:
    letters = "".join(letter if mode >> (8 - i) & 1 else "-" for i, letter in enumerate("rwxrwxrwx"))
    return ("d" if folder else "-") + letters


def _line(name: str, inode: Inode | None, long: bool, number: bool) -> str:
    lead = f"{inode.number if inode else 2} " if number else ""
    if not long:
        return lead + name
    changed = time.strftime("%b %e %H:%M", time.gmtime(inode.changed if inode else 0))
    size, mode = (len(inode.data), _mode(inode.mode)) if inode else (4096, _mode(0o755, folder=True))
    return f"{lead}{mode} 1 root root {size:>8} {changed} {name}"


async def ls(call: Call) -> Result:
    try:
        flags, names = options(call.words, "la1ithAdr")
    except ValueError as why:
        return call.fail(str(why), 2)
    disk, out, err, code = call.machine.disk, "", "", 0
    for name in sorted(names) or ["."]:
        path = disk.path(name)
        if disk.exists(path) or ("d" in flags and disk.is_folder(path)):
            inode = disk.inode(path) if disk.exists(path) else None
            out += _line(name, inode, "l" in flags, "i" in flags) + "\n"
        elif disk.is_folder(path):
            out += f"{name}:\n" if len(names) > 1 else ""
            for entry in disk.entries(path):
                if entry.startswith(".") and not flags.keys() & {"a", "A"}:
                    continue
                child = disk.path(entry, path)
                inode = disk.inode(child) if disk.exists(child) else None
                out += _line(entry, inode, "l" in flags, "i" in flags) + "\n"
        else:
            err += f"ls: cannot access '{name}': No such file or directory\n"
            code = 2
    return Result(code, text(out).out, text(err).out)


def _stat_text(path: str, inode: Inode) -> str:
    changed = time.strftime("%Y-%m-%d %H:%M:%S.000000000 +0000", time.gmtime(inode.changed))
    return (
        f"  File: {path}\n  Size: {len(inode.data):<10}\tBlocks: 8          IO Block: 4096   regular file\n"
        f"Device: 801h/2049d\tInode: {inode.number}      Links: 1\n"
        f"Access: (0{inode.mode:o}/{_mode(inode.mode)})  Uid: (    0/    root)   Gid: (    0/    root)\n"
        f"Access: {changed}\nModify: {changed}\nChange: {changed}\n Birth: -\n"
    )


def _inode(path: str, inode: Inode) -> dict[str, object]:
    values: dict[str, object] = {
        "i": inode.number,
        "s": len(inode.data),
        "Y": int(inode.changed),
        "a": f"{inode.mode:o}",
        "n": path,
    }
    values |= {"U": "root", "G": "root", "u": 0, "g": 0, "F": "regular file", "h": 1}
    values["A"] = _mode(inode.mode)
    return values


def _formatted(form: str, values: Mapping[str, object]) -> str:
    out, pos = "", 0
    while pos < len(form):
        if form[pos] == "%" and form[pos + 1 : pos + 2] in values:
            out += str(values[form[pos + 1]])
            pos += 2
        else:
            out += form[pos]
            pos += 1
    return out + "\n"


async def stat(call: Call) -> Result:
    try:
        flags, names = options(call.words, "Lf", "c")
    except ValueError as why:
        return call.fail(str(why))
    if not names:
        return call.fail("missing operand")
    disk, out, err = call.machine.disk, "", ""
    for name in names:
        path = disk.path(name)
        if "f" in flags and (disk.exists(path) or disk.is_folder(path)):
            out += _formatted(flags.get("c", _FILE_SYSTEM), {**file_system(), "n": name})
        elif disk.exists(path):
            inode = disk.inode(path)
            out += _formatted(flags["c"], _inode(name, inode)) if "c" in flags else _stat_text(name, inode)
        elif disk.is_folder(path):
            err += f"stat: {name} is a directory, and this shell's stat knows files only\n"
        else:
            err += f"stat: cannot stat '{name}': No such file or directory\n"
    return Result(1 if err else 0, text(out).out, text(err).out)


async def hostname(call: Call) -> Result:
    if call.words and call.words[0] not in ("-f", "-s"):
        return call.fail("you must be root to change the host name, and nobody is in a simulation")
    name = call.machine.hostname
    return text((name.partition(".")[0] if call.words == ("-s",) else name) + "\n")


async def uptime(call: Call) -> Result:
    machine = call.machine
    seconds = machine.appliance.uptime if machine.appliance else machine.clock.now() + 86_400 * 12
    days, rest = divmod(int(seconds), 86_400)
    hours, minutes = rest // 3600, rest % 3600 // 60
    up = (f"{days} days, " if days else "") + (f"{hours}:{minutes:02}" if hours else f"{minutes} min")
    now = time.strftime("%H:%M:%S", time.gmtime(machine.clock.stamp()))
    return text(f" {now} up {up},  1 user,  load average: 0.02, 0.03, 0.00\n")
