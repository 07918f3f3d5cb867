"""What is missing on this machine: a test that needs it is skipped, naming it; NOROUTE_LAB_REQUIRED=1 makes it fail."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

_REQUIRED = os.environ.get("NOROUTE_LAB_REQUIRED") == "1"


def missing(reason: str) -> NoReturn:
    """End the test: ``reason`` says what is not here."""
    if _REQUIRED:
        pytest.fail(reason)
    pytest.skip(reason)


def needs(reason: str) -> pytest.MarkDecorator:
    """For a test that needs what ``reason`` says is missing; "" where nothing is. Where all is required it runs, and
    fails at what it lacks."""
    return pytest.mark.skipif(bool(reason) and not _REQUIRED, reason=reason or "-")
