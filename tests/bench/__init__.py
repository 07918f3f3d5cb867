"""How fast, how quiet and how small it is, measured beside a peer in the same run: ``python -m tests.bench [NAME..]``.

Not part of the tests: a benchmark takes minutes and wants the machine for itself. It exits non-zero on a miss.
"""
