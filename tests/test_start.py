"""How it starts: what is imported when, and what the built wheel holds and does on its own."""

from __future__ import annotations

import importlib.util
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Textual, asyncssh and what they bring along: hundreds of milliseconds that a person would wait for nothing.
HEAVY = ("textual", "rich", "asyncssh", "cryptography", "asyncio", "ssl")

_LOADED = """
import contextlib, io, json, sys
from tui.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    code = main(sys.argv[1:])
print(json.dumps([code, sorted(sys.modules)]))
"""


def loaded(*words: str) -> tuple[int, set[str]]:
    """The exit code of a command line, and the modules that it imported in a process of its own."""
    process = subprocess.run(
        [sys.executable, "-c", _LOADED, *words], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    code, modules = json.loads(process.stdout)
    return code, {module.partition(".")[0] for module in modules}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--version",), 0),
        (("--help",), 0),
        (("check", "--help"), 0),
        (("explain", "A01"), 0),
        (("explain", "10.10.18.18/28"), 0),
        (("explain", "nonsense"), 2),
        (("check", "--wrong"), 2),
        (("fix", "host"), 2),
        (("rules",), 0),
        (("explain", "--benign"), 0),
    ],
)
def test_what_needs_neither_screen_nor_network_loads_neither(words: tuple[str, ...], code: int) -> None:
    ended, modules = loaded(*words)
    assert ended == code
    assert not modules & set(HEAVY)


def test_a_check_loads_no_screen() -> None:
    code, modules = loaded("check", "--demo", "healthy")
    assert code == 0
    assert "asyncssh" in modules
    assert not modules & {"textual", "rich"}


_SHOWN = """
import json, sys
from tui.commands import screen
from tui.arguments import parse
from tui import terminal
from textual.app import App

terminal.why_no_screen = lambda: ""
App.run = lambda self, **_: None
screen.run(parse(["demo"]))
print(json.dumps(sorted(sys.modules)))
"""


def test_the_first_picture_waits_for_no_rule_parser_or_page() -> None:
    process = subprocess.run(
        [sys.executable, "-c", _SHOWN], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    modules = set(json.loads(process.stdout))
    assert "screens.main" in modules
    late = ("asyncssh", "cryptography", "checks.diagnosis", "checks.evidence", "checks.session", "screens.fix_dialog")
    assert not modules & {*late, "screens.find", "screens.start", "screens.secret", "tui.demo.site", "tui.palette"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as it would be published."""
    folder = tmp_path_factory.mktemp("wheel")
    # With the build tool at hand nothing has to be downloaded for it.
    isolation = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", *isolation, "-w", str(folder), str(ROOT)]
    subprocess.run(build, check=True, timeout=300)
    (built,) = folder.glob("noroute-*.whl")
    return built


def test_the_wheel_holds_the_packages_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} - {"checks", "screens", "tui"} == {
        f"{'-'.join(wheel.name.split('-')[:2])}.dist-info"
    }
    for package in ("checks", "screens", "tui"):
        assert f"{package}/py.typed" in names
    in_tree = {
        str(path.relative_to(ROOT))
        for package in ("checks", "screens", "tui")
        for pattern in ("*.py", "*.tcss", "*.toml")
        for path in (ROOT / package).rglob(pattern)
    }
    assert in_tree <= set(names)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of the wheel in a venv of its own. What it depends on is that of this environment: whether pip
    can download it is not what is tested here."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv", symlinks=True, with_pip=False)
    python = folder / "venv" / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run(install, check=True, timeout=300)
    (site,) = (folder / "venv" / "lib").glob("python*/site-packages")
    _lend_dependencies(site)
    return folder / "venv" / "bin" / "noroute"


def _lend_dependencies(site: Path) -> None:
    import asyncssh

    for entry in Path(asyncssh.__file__).parents[1].iterdir():
        # Never the project itself, should it be installed here: the wheel's own files are what is tested.
        lent = not re.match(r"checks|screens|tui|noroute|_noroute|__editable__|.*\.pth|pip|setuptools", entry.name)
        if lent and not (site / entry.name).exists():
            (site / entry.name).symlink_to(entry)


def outside(installed: Path, *words: str) -> subprocess.CompletedProcess[str]:
    home = installed.parents[2]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [str(installed), *words], cwd=home, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_installed_command_runs_outside_the_tree(installed: Path) -> None:
    from checks import __version__

    assert outside(installed, "--version").stdout == f"noroute {__version__}\n"
    assert outside(installed, "explain", "10.10.18.18/28").returncode == 0


def test_the_installed_command_checks_the_demo(installed: Path) -> None:
    healthy = outside(installed, "check", "--demo", "healthy")
    assert (healthy.returncode, healthy.stderr) == (0, "")
    assert re.search(r"nothing wrong, [1-9][0-9]* checks ran, 0 could not\.  exit 0\n$", healthy.stdout)
    broken = outside(installed, "check", "--demo", "no-route-to-host", "--format", "json")
    assert broken.returncode == 1
    assert json.loads(broken.stdout)["roots"] == ["A01:10.10.18.18/28"]


def test_the_installed_command_opens_the_screen(installed: Path) -> None:
    home = installed.parents[2]
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(home)
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
        os.execve(installed, [str(installed), "demo"], environment | {"COLUMNS": "80", "LINES": "24"})
    try:
        shown = _until(terminal, "haproxy", 30)
    finally:
        os.kill(pid, signal.SIGTERM)
    shown += _until(terminal, "\x1b[?1049l", 15)
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert "\x1b[?1049h" in shown
    assert "Traceback" not in shown
    assert os.waitstatus_to_exitcode(status) == 128 + signal.SIGTERM


def _until(terminal: int, sign: str, seconds: float) -> str:
    """What the terminal got until ``sign`` was in it; fails where that takes too long."""
    shown, end = "", time.monotonic() + seconds
    while sign not in shown:
        if time.monotonic() > end:
            pytest.fail(f"no {sign!r} within {seconds} s; shown so far: {shown[-2000:]!r}")
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                shown += os.read(terminal, 65536).decode("utf-8", "replace")
            except OSError:
                pytest.fail(f"the screen ended before {sign!r}; shown: {shown[-2000:]!r}")
    return shown
