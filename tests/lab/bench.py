"""A laboratory that knows the list of faults: what fixtures hand out."""

from tests.lab.commands import LabError
from tests.lab.faults import FAULTS
from tests.lab.laboratory import Laboratory


class Bench(Laboratory):
    """See Laboratory; `apply` is what is added."""

    def apply(self, name: str) -> None:
        """Break the appliance by the fault's name and wait until it has come to rest."""
        if name not in FAULTS:
            raise LabError(f"no fault {name}; `python -m tests.lab faults` lists them")
        FAULTS[name].apply(self)
