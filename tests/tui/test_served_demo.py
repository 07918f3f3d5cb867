"""The served demo as a real target: found through its ssh_config, repaired, undone, from the command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.cli import main

ROOT = "A01:10.10.18.18/28"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The ssh_config of a demo that serves as long as the test runs."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    serving = [sys.executable, "-m", "tui", "demo", "--serve"]
    with subprocess.Popen(serving, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in err


def checked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, set[str]]:
    capsys.readouterr()
    code = main(["check", "--format", "json", *words])
    return code, {finding["id"] for finding in json.loads(capsys.readouterr().out)["findings"]}


def test_check_fix_and_undo_over_ssh(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    target = ("-F", config, "demo-appliance")
    assert checked(capsys, *target) == checked(capsys, "--demo", "no-route-to-host")
    assert main(["fix", *target, ROOT, "--yes"]) == 0
    assert checked(capsys, *target) == (0, set())
    capsys.readouterr()
    assert main(["undo", *target, "--yes"]) == 0
    assert "brings A01 back: 2 VIPs stop answering" in capsys.readouterr().out
    code, findings = checked(capsys, *target)
    assert code == 1
    assert ROOT in findings
