"""The least Textual application: one line of text. With a word on the command line that module is imported too."""

import importlib
import sys

from textual.app import App, ComposeResult
from textual.widgets import Static


class Bare(App[None]):
    """Shows one word and waits."""

    def compose(self) -> ComposeResult:
        """The word."""
        yield Static("hello")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        importlib.import_module(name)
    Bare().run()
