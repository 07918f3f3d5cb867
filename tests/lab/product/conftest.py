"""Fixtures of the tests that let the product loose on the lab."""

from pathlib import Path

import pytest


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder of its own for each test: no fix of another test can be undone in it."""
    folder = tmp_path / "state"
    folder.mkdir()
    return folder
