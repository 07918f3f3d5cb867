"""A disk that can be thrown away: an overlay over a cached root file system."""

import shutil
from pathlib import Path

from tests.lab.commands import run


class Disk:
    """An overlay below `directory`; its merged view is `root`."""

    def __init__(self, directory: Path, label: str) -> None:
        self._directory = directory
        self._label = label
        self.root = directory / "root"

    def renew(self, rootfs: Path) -> None:
        """Empty overlay over `rootfs`, whatever was there before. Nothing may be running on it."""
        self.remove()
        upper, work = self._directory / "upper", self._directory / "work"
        for path in (self.root, upper, work):
            path.mkdir(parents=True)
        options = f"lowerdir={rootfs},upperdir={upper},workdir={work}"
        run(["mount", "-t", "overlay", self._label, "-o", options, str(self.root)])

    def remove(self) -> None:
        """Unmount and delete it where it exists."""
        if self.root.is_mount():
            run(["umount", str(self.root)])
        shutil.rmtree(self._directory, ignore_errors=True)
