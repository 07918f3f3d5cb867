"""The appliance as a machine: who reads it, its clock, disk, password age and certificate."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime


@dataclass(frozen=True, slots=True)
class Reader:
    """As whom the script ran."""

    uid: int
    name: str


@dataclass(frozen=True, slots=True)
class Clock:
    """The appliance's time (UTC) and how long it has been up (s)."""

    now: datetime
    uptime: float


@dataclass(frozen=True, slots=True)
class Disk:
    """One file system: ``free`` bytes for everybody, ``used`` percent; ``room`` bytes for root, who may use the
    file system's reserve too (None: unknown)."""

    mount: str
    free: int
    used: int
    room: int | None = None

    @property
    def for_root(self) -> int:
        """What root can write at least (bytes)."""
        return max(self.free, self.room or 0)


@dataclass(frozen=True, slots=True)
class PasswordAge:
    """When root's password expires (None: never); ``must_change`` where that is demanded at once."""

    expires: date | None
    must_change: bool


@dataclass(frozen=True, slots=True)
class Certificate:
    """The data plane API's certificate."""

    not_before: datetime
    not_after: datetime
    subject: str
    issuer: str
    fingerprint: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Watcher:
    """A process that watches a configuration file; ``inode`` is what it watches (None: nothing any more)."""

    pid: int
    unit: str
    inode: int | None
    command: str


def parse_reader(text: str) -> Reader:
    """From ``id -u; id -un``."""
    uid, _, name = text.partition("\n")
    return Reader(int(uid), name.strip())


def parse_clock(text: str) -> Clock:
    """From ``date -u +%s; date +%Z; cat /proc/uptime``."""
    seconds, _, rest = text.partition("\n")
    _, _, uptime = rest.partition("\n")
    return Clock(datetime.fromtimestamp(int(seconds), UTC), float(uptime.split()[0]))


def parse_disks(text: str) -> tuple[Disk, ...]:
    """From ``df -P -k``."""
    disks = []
    for row in text.splitlines()[1:]:
        fields = row.split(None, 5)
        if len(fields) == 6 and fields[3].isdigit() and fields[4].rstrip("%").isdigit():
            disks.append(Disk(fields[5], int(fields[3]) * 1024, int(fields[4].rstrip("%"))))
    return tuple(disks)


# ext4 counts up to this many blocks as free that it keeps for itself: an ext4 that has no room for root either was
# seen with exactly these left.
_NOBODYS = 4096


def parse_rooms(text: str) -> tuple[int, ...]:
    """From ``stat -f -c '%f %S %n'``: the bytes that root can write at least."""
    rows = (row.split(None, 2) for row in text.splitlines())
    return tuple(max(int(blocks) - _NOBODYS, 0) * int(size) for blocks, size, _ in rows)


def with_rooms(disks: tuple[Disk, ...] | None, rooms: tuple[int, ...] | None) -> tuple[Disk, ...] | None:
    """The same disks with the room for root. Both commands ask for the same paths in one order; where one of them
    left a path out nobody knows whose room is whose."""
    if disks is None or rooms is None or len(disks) != len(rooms):
        return disks
    return tuple(replace(disk, room=room) for disk, room in zip(disks, rooms, strict=True))


_RP_FILTER = re.compile(r"/proc/sys/net/ipv4/conf/([^/]+)/rp_filter:([0-9])")


def parse_rp_filter(text: str) -> dict[str, int]:
    """The reverse path filter of each NIC, and of "all", from ``PATH:VALUE``: 0 off, 1 strict, 2 loose. ValueError
    where no NIC is named."""
    found = {match[1]: int(match[2]) for row in text.splitlines() if (match := _RP_FILTER.fullmatch(row.strip()))}
    if not found:
        raise ValueError("no row names a NIC")
    return found


def parse_password_age(text: str) -> PasswordAge:
    """From ``chage -l`` in the C locale."""
    fields = {key.strip(): value.strip() for key, _, value in (row.partition(":") for row in text.splitlines())}
    if "Password expires" not in fields:
        raise ValueError("no line 'Password expires'")
    must = "must be changed" in fields["Password expires"] + fields.get("Last password change", "")
    if must or fields["Password expires"] == "never":
        return PasswordAge(None, must)
    return PasswordAge(datetime.strptime(fields["Password expires"], "%b %d, %Y").date(), False)


def parse_certificate(text: str, names: str) -> Certificate:
    """From ``openssl x509 -startdate -enddate -subject -issuer -fingerprint`` and the SAN line of its text."""
    fields = dict(row.split("=", 1) for row in text.splitlines() if "=" in row)
    found = {key.strip().lower(): value.strip() for key, value in fields.items()}
    return Certificate(
        not_before=_certificate_time(found["notbefore"]),
        not_after=_certificate_time(found["notafter"]),
        subject=found.get("subject", ""),
        issuer=found.get("issuer", ""),
        fingerprint=next((value for key, value in found.items() if key.endswith("fingerprint")), ""),
        names=tuple(part.strip().partition(":")[2] for part in names.split(",") if ":" in part),
    )


def _certificate_time(text: str) -> datetime:
    return datetime.strptime(text, "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC)


_WATCHER = re.compile(r"(\d{1,9}) (\S+) (\S+) (.*)")


def parse_watchers(text: str) -> tuple[Watcher, ...]:
    """From the manifest's own loop over /proc: ``PID UNIT INODE COMMAND``, "-" for what is not there."""
    found = []
    for row in text.splitlines():
        if match := _WATCHER.fullmatch(row.strip()):
            inode = int(match[3], 16) if re.fullmatch(r"[0-9a-f]{1,16}", match[3]) else None
            unit = match[2].removesuffix(".service") if match[2] != "-" else ""
            found.append(Watcher(int(match[1]), unit, inode, match[4]))
    return tuple(found)
