"""Every way in which the lab can be broken, by name."""

from tests.lab.faults import access, ranges, routing, services
from tests.lab.faults.fault import FAULTS, Fault

__all__ = ["FAULTS", "Fault", "access", "ranges", "routing", "services"]
