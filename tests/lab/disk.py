"""A disk that can be thrown away: an overlay over a cached root file system."""

from pathlib import Path
from typing import Final

from tests.lab.commands import run

# Room for what changes and a journal. Small, so that filling it takes no time; its own, so that a full disk of the
# appliance is no full disk of anything else.
SIZE: Final = "192m"


class Disk:
    """An overlay below `directory`; its merged view is `root`."""

    def __init__(self, directory: Path, label: str) -> None:
        self._directory = directory
        self._label = label
        self.root = directory / "root"

    def renew(self, rootfs: Path) -> None:
        """Empty overlay over `rootfs`, whatever was there before. Nothing may be running on it."""
        self.remove()
        self._directory.mkdir()
        run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0755", self._label, str(self._directory)])
        upper, work = self._directory / "upper", self._directory / "work"
        for path in (self.root, upper, work):
            path.mkdir()
        options = f"lowerdir={rootfs},upperdir={upper},workdir={work}"
        run(["mount", "-t", "overlay", self._label, "-o", options, str(self.root)])

    def remove(self) -> None:
        """Unmount and delete it where it exists."""
        for place in (self.root, self._directory):
            if place.is_mount():
                run(["umount", str(place)])
        if self._directory.exists():
            self._directory.rmdir()
