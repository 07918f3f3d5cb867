"""The rules: pure functions from evidence to outcomes. Nothing here does any I/O."""
