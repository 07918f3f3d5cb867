"""The repairs of settings that name an address which the appliance no longer has."""

from __future__ import annotations

import hashlib

from checks.addresses import address
from checks.evidence.evidence import Evidence
from checks.evidence.manifest import DATAPLANE_CFG, SSHD_CONFIG
from checks.plan import Fix, Run, Write


def _management_address(e: Evidence) -> str:
    """The address of the management NIC; "" where it has none, or several."""
    link = e.link("management")
    addresses = link.addresses if link is not None else ()
    return str(addresses[0].ip) if len(addresses) == 1 else ""


def _corrected(e: Evidence, path: str, line: int, old: str) -> Write | None:
    """Put the management address in place of ``old`` in one line of a file. None where that is not certain, or where
    the bytes that were read are not those of the file: what was masked on its way must never be written back."""
    file, new = e.files.get(path), _management_address(e)
    if file is None or not new or address(old) is None:
        return None
    if hashlib.sha256(file.content).hexdigest() != file.sha256:
        return None
    lines = file.content.split(b"\n")
    before = lines[line - 1]
    if before.count(old.encode()) != 1:
        return None
    lines[line - 1] = before.replace(old.encode(), new.encode())
    return Write(path, file.content, b"\n".join(lines))


def words_for_api(e: Evidence) -> str:
    """What to type where the file cannot be written from here."""
    return f"write TLS_HOST={_management_address(e) or 'MANAGEMENT'} into dataplaneapi.cfg, restart dataplaneapi"


def words_for_sshd(e: Evidence) -> str:
    """The same for sshd."""
    return f"write ListenAddress {_management_address(e) or 'MANAGEMENT'} into sshd_config"


def api_here(e: Evidence, line: int, host: str) -> Fix | None:
    """Correct the data plane API's TLS_HOST. None where it is set twice: the last one counts for systemd, and the first
    one is what is shown."""
    names = [raw.partition(b"=")[0].strip() for raw in e.files[DATAPLANE_CFG].lines]
    write = _corrected(e, DATAPLANE_CFG, line, host) if names.count(b"TLS_HOST") == 1 else None
    if write is None:
        return None
    return Fix(
        summary=f"write line {line}, start the data plane API",
        steps=(
            write,
            Run("systemctl reset-failed dataplaneapi", "it used up its start attempts", may_fail=True),
            Run("systemctl restart dataplaneapi", "listen on the management address"),
        ),
        interrupts="nothing: it is down",
        verifies=("the finding is gone and nothing new is red",),
        undone="the old bytes come back from the backup, and the unit fails over them again",
        seconds=4,
        back=(write.swapped(), Run("systemctl restart dataplaneapi", "read the old file", may_fail=True)),
    )


def sshd_here(e: Evidence, line: int, value: str) -> Fix | None:
    """Correct the one ListenAddress for the next start of sshd. The sshd that runs lets people in: restarting it could
    only change that."""
    settings = [words[0].lower() for raw in e.files[SSHD_CONFIG].lines if (words := raw.split())]
    write = _corrected(e, SSHD_CONFIG, line, value) if settings.count(b"listenaddress") == 1 else None
    if write is None:
        return None
    return Fix(
        summary=f"write line {line} of sshd_config",
        steps=(Run("/usr/sbin/sshd -t", "whether sshd takes the rest of the file"), write),
        interrupts="nothing: the sshd that runs is left alone",
        verifies=("the finding is gone and nothing new is red",),
        undone="the old bytes come back from the backup",
        seconds=2,
        back=(write.swapped(),),
    )
