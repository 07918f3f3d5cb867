"""What the product leaves on an appliance: nothing but the backup of a fix."""

from tests.lab.bench import Bench


def backups(lab: Bench) -> list[str]:
    """Names of the backups beside the appliance's files."""
    return sorted(path.name for path in lab.box.path("/etc/vmware").glob("*.noroute-*"))


def traces(lab: Bench) -> list[str]:
    """Everything of the product's that is on the appliance."""
    found = lab.box.run(
        "find / -xdev -name '*noroute*' ! -path '/proc/*' ! -path '/sys/*'; find /run -name '*noroute*'"
    )
    return found.out.split()
