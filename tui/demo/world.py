"""What else lives in the site's networks: gateways, the jump host, the Supervisor's servers."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

MANAGEMENT, WORKLOAD, FRONTEND = "192.168.100.10/24", "10.10.17.2/24", "10.10.18.5/24"
MANAGEMENT_GATEWAY, WORKLOAD_GATEWAY, FRONTEND_GATEWAY = "192.168.100.1", "10.10.17.1", "10.10.18.1"
APPLIANCE = "192.168.100.10"
DATAPLANE_PORT = 5556
JUMP = ("192.168.100.50", "10.10.18.50")
SUPERVISORS = ("10.10.17.11", "10.10.17.12", "10.10.17.13")
GUEST_NODES = ("10.10.17.21", "10.10.17.22")
VIP = "10.10.18.19"
NETWORKS = tuple(IPv4Network(text) for text in ("192.168.100.0/24", "10.10.17.0/24", "10.10.18.0/24"))


def _ports() -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = dict.fromkeys((MANAGEMENT_GATEWAY, WORKLOAD_GATEWAY, FRONTEND_GATEWAY), ())
    found |= dict.fromkeys(JUMP, (22,))
    found |= dict.fromkeys(SUPERVISORS, (443, 6443))
    return found | dict.fromkeys(GUEST_NODES, (443,))


@dataclass
class World:
    """The other hosts by address, with the TCP ports on which they answer. A scenario may take some away."""

    ports: dict[str, tuple[int, ...]] = field(default_factory=_ports)

    def there(self, address: str) -> bool:
        """Whether anybody answers ARP for the address."""
        return address in self.ports

    def answers(self, address: str, port: int) -> bool:
        """Whether that port of that host accepts connections."""
        return port in self.ports.get(address, ())

    def on_site(self, address: IPv4Address) -> bool:
        """Whether the address belongs to one of the site's networks."""
        return any(address in network for network in NETWORKS)
