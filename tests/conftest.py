"""What holds for all tests."""

import signal

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Let the signals that tests send arrive: a shell's background and nohup hand SIGINT and SIGHUP down ignored, and
    every program that a test starts would inherit that. What has a handler is back at its default after exec."""
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
