"""The three servers of the Supervisor, each a process that a test may stop and start."""

import contextlib
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Final

from tests.lab.addresses import SUPERVISORS
from tests.lab.certificates import Certificates
from tests.lab.commands import wait_for
from tests.lab.network import SUPERVISOR
from tests.lab.slots import Slot
from tests.lab.vantage import Vantage

PROGRAM: Final = Path(__file__).with_name("supervisor_server.py")


class Supervisors:
    """All three together, addressed by their addresses."""

    def __init__(self, slot: Slot, certificates: Certificates) -> None:
        self._slot = slot
        self._certificates = certificates
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *addresses: str) -> None:
        """Start those that are down (all, where none is named); returns when they answer."""
        for address in addresses or SUPERVISORS:
            if not self._pid_file(address).exists():
                self._launch(address)
        look = Vantage(self._slot, SUPERVISOR)
        for address in addresses or SUPERVISORS:
            for port in (443, 6443):
                answers = partial(_is_open, look, address, port)
                wait_for(f"the Supervisor server {address}:{port}", answers, seconds=10)

    def stop(self, *addresses: str) -> None:
        """Stop those named, or all: their ports then refuse."""
        for address in addresses or SUPERVISORS:
            file = self._pid_file(address)
            if file.exists():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(file.read_text()), signal.SIGKILL)
                process = self._processes.pop(address, None)
                if process is not None:
                    process.wait()
                file.unlink()

    def _launch(self, address: str) -> None:
        keys = self._certificates.directory
        process = subprocess.Popen(
            ["ip", "netns", "exec", self._slot.namespace(SUPERVISOR), sys.executable, str(PROGRAM), address,
             str(keys / "server.crt"), str(keys / "server.key")],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self._processes[address] = process
        self._pid_file(address).write_text(str(process.pid))

    def _pid_file(self, address: str) -> Path:
        return self._slot.directory / f"supervisor-{address}.pid"


def _is_open(look: Vantage, address: str, port: int) -> bool:
    return look.tcp(address, port, 0.05).outcome == "open"
