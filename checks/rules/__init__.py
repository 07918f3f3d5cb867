"""The rules: pure functions from evidence to outcomes. Nothing here does any I/O.

The catalogue's texts lie beside them as data of the package: parts of the program, read once like its modules.
"""
