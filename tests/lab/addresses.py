"""The addresses and names of the lab's site: the ones of the story the product was made for."""

from typing import Final, NamedTuple


class Nic(NamedTuple):
    """One NIC of the appliance, the same at every boot."""

    name: str
    mac: str
    address: str
    gateway: str


MANAGEMENT: Final = Nic("management", "00:50:56:8e:10:01", "192.168.100.10/24", "192.168.100.1")
WORKLOAD: Final = Nic("workload", "00:50:56:8e:10:02", "10.10.17.2/24", "10.10.17.1")
FRONTEND: Final = Nic("frontend", "00:50:56:8e:10:03", "10.10.18.5/24", "10.10.18.1")
NICS: Final = (MANAGEMENT, WORKLOAD, FRONTEND)

APPLIANCE: Final = "192.168.100.10"
HOSTNAME: Final = "haproxy.local"
VIP_RANGE: Final = "10.10.18.16/28"
VIP: Final = "10.10.18.19"
UNBOUND_VIP: Final = "10.10.18.25"
OUTSIDE_VIP: Final = "10.10.18.40"

JUMP_MANAGEMENT: Final = "192.168.100.50"
JUMP_FRONTEND: Final = "10.10.18.50"
FAR: Final = "10.10.99.10"
FAR_GATEWAY: Final = "10.10.99.1"
SUPERVISORS: Final = ("10.10.17.11", "10.10.17.12", "10.10.17.13")

DATAPLANE_PORT: Final = 5556
DATAPLANE_USER: Final = "admin"
DATAPLANE_PASSWORD: Final = "haproxy"
ROOT_PASSWORD: Final = "Lab-root-1"
SUDO_USER: Final = "deputy"
PLAIN_USER: Final = "visitor"

SUPERVISOR_SERVICE: Final = "domain-c8:5c1b7f0e-kube-system-kube-apiserver-lb-svc"
BANNER_PATH: Final = "/wcp/loginbanner"
BANNER_URL: Final = f"https://{VIP}{BANNER_PATH}"
DATAPLANE_URL: Final = f"https://{APPLIANCE}:{DATAPLANE_PORT}/v2/info"
