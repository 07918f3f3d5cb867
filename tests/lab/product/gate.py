"""A place in the appliance at which a test can stop a script of the product: a command that waits to be let through."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.lab.bench import Bench
from tests.lab.commands import wait_for

# A gate that nobody opens lets through by itself, so that no test leaves a process behind.
_LONGEST: Final = 30
_PLACE: Final = "/usr/local/gate"
# The script of a login is a session of its own, so its number (field 6) tells later whether anything of it still runs.
_SCRIPT: Final = """#!/bin/sh
case "$*" in
{words})
  echo >>{place}/count
  if [ "$(/usr/bin/wc -l <{place}/count)" -eq {at} ]; then
    /usr/bin/cut -d ' ' -f 6 /proc/$$/stat >{place}/new
    /bin/mv {place}/new {place}/reached
    tries=0
    while [ ! -e {place}/opened ] && [ $tries -lt {tries} ]; do /bin/sleep 0.05; tries=$((tries + 1)); done
  fi
  ;;
esac
exec {real} "$@"
"""


def pattern(words: str) -> str:
    """Words as a shell's ``case`` takes them: each character stands for itself, and ``*`` for anything."""
    return "*".join(shlex.quote(part) if part else "" for part in words.split("*"))


class Gate:
    """Stands before ``commands`` of the appliance, names with their words, in which ``*`` stands for any: who is the
    ``at``-th to run one of them waits for :meth:`open`.

    Its programs lie in /usr/local/bin, which a login's PATH has first and the appliance's own scripts have no need of.
    """

    def __init__(self, lab: Bench, commands: Mapping[str, str], at: int = 1) -> None:
        self._lab = lab
        self._folder = lab.box.path(_PLACE)
        self._folder.mkdir()
        self._programs: list[Path] = []
        for name, words in commands.items():
            real = lab.box.must(f"PATH=/usr/bin:/usr/sbin command -v {shlex.quote(name)}").strip()
            program = lab.box.path(f"/usr/local/bin/{name}")
            program.write_text(
                _SCRIPT.format(place=_PLACE, words=pattern(words), at=at, real=real, tries=_LONGEST * 20)
            )
            program.chmod(0o755)
            self._programs.append(program)

    @property
    def is_reached(self) -> bool:
        """Whether somebody stands before it, or stood."""
        return (self._folder / "reached").exists()

    def reached(self) -> None:
        """Wait until somebody stands before it."""
        wait_for("a script to come to the gate", lambda: self.is_reached, seconds=_LONGEST)

    def open(self) -> None:
        """Let everybody through from now on."""
        (self._folder / "opened").touch()

    def ended(self) -> None:
        """Wait until the script that stood before it has come to its end."""
        session = int((self._folder / "reached").read_text())
        wait_for("the script to end", lambda: self._lab.box.run(f"pgrep -s {session}").code != 0, seconds=_LONGEST)

    def remove(self) -> None:
        """Take it away, so that another one can be put up."""
        self.open()
        for path in (*self._programs, *self._folder.iterdir()):
            path.unlink()
        self._folder.rmdir()
