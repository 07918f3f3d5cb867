"""``/etc/systemd/network/*.network``: what systemd-networkd is told of one NIC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checks.evidence.files import File

FOLDER = "/etc/systemd/network/"
_NIC = f"{FOLDER}10-"


def of_nics(files: Mapping[str, File]) -> Iterator[tuple[str, File]]:
    """Each NIC's name with its file, of those that were read."""
    for path, file in files.items():
        if path.startswith(_NIC) and path.endswith(".network"):
            yield path.removeprefix(_NIC).removesuffix(".network"), file


def settings(file: File, key: str) -> dict[int, str]:
    """The values of a setting by the number of their line. What is commented out is no setting."""
    found = {}
    for number, raw in enumerate(file.lines, 1):
        name, equals, value = raw.decode("utf-8", "replace").partition("=")
        if equals and name.strip() == key:
            found[number] = value.strip()
    return found


def name_servers(file: File) -> dict[str, int]:
    """Each name server with the number of its line; several may stand on one."""
    rows = settings(file, "DNS").items()
    return {server: number for number, value in rows for server in value.replace(",", " ").split()}
