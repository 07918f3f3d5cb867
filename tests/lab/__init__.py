"""A real copy of the appliance and of the networks around it, booted on this machine: the judge of the product.

`python -m tests.lab up` boots it for a person; `tests/lab/conftest.py` boots it for pytest.
"""
