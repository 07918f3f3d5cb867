"""One module per command: from parsed options to an exit code."""
