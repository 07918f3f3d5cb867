"""What holds for all tests."""

import gc
import signal

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Let the signals that tests send arrive: a shell's background and nohup hand SIGINT and SIGHUP down ignored, and
    every program that a test starts would inherit that. What has a handler is back at its default after exec."""
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was collected stays to the end: looking through it for garbage again costs a part of every test."""
    del session
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how long the lab took: from its first test to the end of its last, in whatever process each of them ran."""
    outcomes = (report for reports in terminalreporter.stats.values() for report in reports)
    lab = [one for one in outcomes if isinstance(one, pytest.TestReport) and "lab" in one.keywords and not one.skipped]
    if lab:
        seconds = max(one.stop for one in lab) - min(one.start for one in lab)
        terminalreporter.write_line(f"lab: {len({one.nodeid for one in lab})} tests in {seconds:.0f} s")
