"""``noroute demo --serve`` with the stock OpenSSH client, and scenarios by name."""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.required import needs
from tui.demo.scenario import load_scenario, scenario_names
from tui.demo.serve import serve

pytestmark = pytest.mark.filterwarnings("error")
_SERVE = "import asyncio; from tui.demo.serve import serve; asyncio.run(serve('no-route-to-host', 0))"
SSH = shutil.which("ssh")
needs_ssh = needs("" if SSH else "there is no OpenSSH client (ssh) on this machine")


@asynccontextmanager
async def _served() -> AsyncIterator[tuple[Path, asyncio.subprocess.Process]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _SERVE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 20)
        yield Path(line.decode().rstrip("\n")), process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.wait(), 20)


async def _ssh(config: Path, host: str, command: str) -> tuple[int, str, str]:
    assert SSH is not None
    process = await asyncio.create_subprocess_exec(
        SSH,
        "-F",
        str(config),
        "-o",
        "BatchMode=yes",
        host,
        command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


@needs_ssh
async def test_the_stock_client_gets_in_without_a_prompt(tmp_path: Path) -> None:
    async with _served() as (config, _):
        assert await _ssh(config, "demo-appliance", "systemctl is-active anyip-routes haproxy") == (
            3,
            "failed\nfailed\n",
            "",
        )
        code, _, err = await _ssh(config, "demo-appliance", f"id; touch {tmp_path}/PWNED")
        assert code == 127
        assert "touch: command not found" in err
        assert not (tmp_path / "PWNED").exists()
        assert (await _ssh(config, "demo-jump", "hostname"))[1] == "jump01\n"


async def test_its_files_are_private_and_go_with_it() -> None:
    async with _served() as (config, _):
        assert config.is_absolute()
        folder = config.parent
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert not folder.exists()


async def test_a_port_that_is_taken_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert await serve("healthy", other.getsockname()[1]) == 1
    assert "cannot be had: Address already in use\n" in capsys.readouterr().err


async def test_an_unknown_scenario_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert await serve("nothing", 0) == 2
    assert "no-route-to-host, " in capsys.readouterr().err


def test_scenarios_are_told_by_name() -> None:
    assert scenario_names()[0] == "no-route-to-host"
    for name in scenario_names():
        scenario = load_scenario(name)
        assert scenario.title
        assert scenario.story
        assert scenario.lesson
        assert scenario.hints or name == "healthy"
    with pytest.raises(ValueError, match="there are no-route-to-host"):
        load_scenario("../healthy")
