"""A place in the appliance at which a test can stop a script of the product: a command that waits to be let through."""

import shlex
from typing import Final

from tests.lab.bench import Bench
from tests.lab.commands import wait_for

# A gate that nobody opens lets through by itself, so that no test leaves a process behind.
_LONGEST: Final = 30
_SCRIPT: Final = """#!/bin/sh
case "$*" in
{pattern})
  touch {reached}
  tries=0
  while [ ! -e {opened} ] && [ $tries -lt {tries} ]; do /bin/sleep 0.05; tries=$((tries + 1)); done
  ;;
esac
exec {real} "$@"
"""


class Gate:
    """Stands before ``command`` of the appliance: who runs it with words like ``pattern`` waits for :meth:`open`.

    It lies in /usr/local/bin, which a login's PATH has first and the appliance's own scripts have no need of.
    """

    def __init__(self, lab: Bench, command: str, pattern: str = "*") -> None:
        self._lab = lab
        self._reached = lab.box.path(f"/usr/local/gate-{command}-reached")
        self._opened = lab.box.path(f"/usr/local/gate-{command}-opened")
        real = lab.box.must(f"command -v {shlex.quote(command)}").strip()
        inside = [f"/usr/local/{path.name}" for path in (self._reached, self._opened)]
        place = lab.box.path(f"/usr/local/bin/{command}")
        place.write_text(
            _SCRIPT.format(pattern=pattern, reached=inside[0], opened=inside[1], real=real, tries=_LONGEST * 20)
        )
        place.chmod(0o755)

    def reached(self) -> None:
        """Wait until somebody stands before it."""
        wait_for(f"a script to come to {self._reached.name}", self._reached.exists, seconds=_LONGEST)

    def open(self) -> None:
        """Let everybody through from now on."""
        self._opened.touch()
