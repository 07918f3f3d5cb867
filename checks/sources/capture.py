"""Evidence on disk: a folder with an index and one raw file for each section, to be read, compared and edited.

``file:/etc/vmware/x`` is ``files/etc/vmware/x``, ``journal:haproxy`` is ``journal/haproxy.json``, everything else
``commands/NAME``; what a command said on stderr stands beside it with ``.err`` at the end.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from checks.evidence.evidence import Login
from checks.evidence.probes import Probe
from checks.evidence.section import Reading, Section
from checks.refusal import Refusal
from checks.snapshot import Origin, SourceKind
from checks.sources.capture_index import SCHEMA, Index, IndexProblem, read_index, write_index

INDEX = "capture.json"
_USAGE = 2
_INDEX_LIMIT = 16_000_000
_FILE_LIMIT = 32_000_000
_TOTAL_LIMIT = 256_000_000
_NAME_LIMIT = 120
_ERR = ".err"


@dataclass(frozen=True)
class Loaded:
    """A capture that was read back, equal to what was saved."""

    reading: Reading
    probes: tuple[Probe, ...]
    login: Login
    origin: Origin
    asked_vips: tuple[str, ...] = ()


def save(
    folder: Path,
    reading: Reading,
    probes: Iterable[Probe] = (),
    login: Login | None = None,
    origin: Origin | None = None,
    asked_vips: tuple[str, ...] = (),
) -> None:
    """Write a capture, readable by its owner alone. The folder appears complete or not at all; Refusal with exit code
    2 where something is there already, 1 where it cannot be written."""
    origin = origin or Origin(SourceKind.CAPTURE, folder.name)
    index = Index(reading, _paths(reading.sections.values()), tuple(probes), login or Login(), origin, asked_vips)
    if folder.is_symlink() or folder.exists():
        raise Refusal(f"{folder} is there already; a capture wants a new folder", _USAGE)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name[:100]}-"))
        try:
            for name, section in reading.sections.items():
                path = building / index.paths[name]
                _write(path, section.out)
                if section.err:
                    _write(path.with_name(path.name + _ERR), section.err)
            _write(building / INDEX, write_index(index).encode())
            building.rename(folder)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
    except OSError as problem:
        raise Refusal(f"{problem.filename or folder} cannot be written: {problem.strerror}", 1) from None


def load(folder: Path) -> Loaded:
    """Read a capture back, byte for byte. Refusal with exit code 2 says what is wrong with it and what is right."""
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "is not there"
        raise Refusal(f"{folder} {what}; a capture is a folder with {INDEX} in it", _USAGE)
    try:
        index = read_index(_read(folder, INDEX, _INDEX_LIMIT).decode("utf-8"))
    except FileNotFoundError:
        raise Refusal(f"{folder} is no capture: there is no {INDEX} in it", _USAGE) from None
    except UnicodeDecodeError:
        raise Refusal(f"{folder / INDEX} is no index of a capture: it is not UTF-8 text", _USAGE) from None
    except IndexProblem as problem:
        raise Refusal(f"{folder / INDEX} is no index of a capture ({SCHEMA}): {problem}", _USAGE) from None
    room = _TOTAL_LIMIT
    sections: dict[str, Section] = {}
    for name, section in index.reading.sections.items():
        path = _inside(folder, index.paths[name])
        try:
            out = _read(folder, path, _FILE_LIMIT)
        except FileNotFoundError:
            raise Refusal(f"{folder}: {path} is missing, which the index names for {name}", _USAGE) from None
        try:
            err = _read(folder, path + _ERR, _FILE_LIMIT)
        except FileNotFoundError:
            err = b""
        room -= len(out) + len(err)
        if room < 0:
            raise Refusal(f"{folder}: more than {_TOTAL_LIMIT} bytes; no capture is that big", _USAGE)
        sections[name] = replace(section, out=out, err=err)
    return Loaded(replace(index.reading, sections=sections), index.probes, index.login, index.origin, index.asked_vips)


def _paths(sections: Iterable[Section]) -> dict[str, str]:
    """A file for each section; where two would collide, or a name is too odd, a numbered one."""
    paths: dict[str, str] = {}
    taken: set[str] = {INDEX}
    folders: set[str] = set()
    for number, section in enumerate(sections, 1):
        path = _readable_path(section.name)
        above = {str(parent) for parent in PurePosixPath(path).parents} if path else set()
        free = not ({path, path + _ERR} & (taken | folders)) and not above & taken
        if not path or not free:
            path = f"odd/{number:04d}"
            above = {"odd"}
        paths[section.name] = path
        taken |= {path, path + _ERR}
        folders |= above
    return paths


def _readable_path(name: str) -> str:
    kind, colon, rest = name.partition(":")
    if kind == "file" and rest.startswith("/"):
        parts = ["files", *rest[1:].split("/")]
    elif kind == "journal" and colon:
        parts = ["journal", rest + ".json"]
    else:
        parts = ["commands", name]
    try:
        encoded = [quote(part, safe="@+=,:~ ") for part in parts]
    except UnicodeEncodeError:
        return ""
    bad = any(part in ("", ".", "..") or len(part) > _NAME_LIMIT or part.endswith(_ERR) for part in encoded)
    return "" if bad or sum(map(len, encoded)) > 2 * _NAME_LIMIT else "/".join(encoded)


def _inside(folder: Path, path: str) -> str:
    pure = PurePosixPath(path)
    inside = not pure.is_absolute() and ".." not in pure.parts and pure.parts and "\0" not in path
    # A symbolic link must not lead out either.
    if not inside or not (folder / pure).resolve().is_relative_to(folder.resolve()):
        raise Refusal(f"{folder}: the index names {path!r}, which is outside of the capture", _USAGE)
    return str(pure)


def _read(folder: Path, path: str, limit: int) -> bytes:
    try:
        # A pipe or device in place of a file must neither block nor be read.
        handle = os.open(folder / path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        with os.fdopen(handle, "rb") as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise Refusal(f"{folder}: {path} is no plain file", _USAGE)
            if facts.st_size > limit:
                raise Refusal(f"{folder}: {path} has {facts.st_size} bytes; at most {limit} are read", _USAGE)
            return file.read(limit)
    except FileNotFoundError:
        raise
    except OSError as problem:
        why = "is a symbolic link" if problem.errno == errno.ELOOP else f"cannot be read: {problem.strerror}"
        raise Refusal(f"{folder}: {path} {why}", _USAGE) from None


def _write(path: Path, data: bytes) -> None:
    # The mode of mkdir counts for the last folder of a path only.
    for folder in reversed(path.parents):
        if not folder.exists():
            folder.mkdir(mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
