"""The facts of the lab's own appliance, gathered as the recorded ones were, for capture_facts to compare."""

from concurrent.futures import ThreadPoolExecutor

from tests.lab import network
from tests.lab.addresses import APPLIANCE, BANNER_URL, DATAPLANE_PORT, DATAPLANE_URL, OUTSIDE_VIP, UNBOUND_VIP, VIP
from tests.lab.capture_facts import COMMANDS, Facts, Output, appliance_facts, folded
from tests.lab.laboratory import Laboratory
from tests.lab.network import FAR_CLIENT, JUMP

TARGETS = ((VIP, 443), (VIP, 6443), (UNBOUND_VIP, 443), (APPLIANCE, DATAPLANE_PORT), (APPLIANCE, 22))
ON_LINK_TARGETS = (*TARGETS, (OUTSIDE_VIP, 443))


def of_appliance(lab: Laboratory) -> Facts:
    """What the appliance says of itself now."""
    outputs = {}
    for slug, command in COMMANDS.items():
        done = lab.box.run(command)
        outputs[slug] = Output(done.code, done.out)
    return appliance_facts(outputs)


# In here an answer takes milliseconds. Waiting on for the ARP time-out (3 s) would only tell one silence from another.
PATIENCE = 1.5


def of_clients(lab: Laboratory) -> Facts:
    """What both clients meet now, all asked at once, with nothing remembered of what they met before."""
    network.forget_neighbours(lab.slot)
    with ThreadPoolExecutor(16) as pool:
        connects = {
            f"{name} {address}:{port}": pool.submit(lab.client_tcp, name, address, port, PATIENCE)
            for name, targets in ((JUMP, ON_LINK_TARGETS), (FAR_CLIENT, TARGETS))
            for address, port in targets
        }
        urls = {f"{JUMP} banner": BANNER_URL, f"{FAR_CLIENT} banner": BANNER_URL, f"{JUMP} dataplane": DATAPLANE_URL}
        gets = {key: pool.submit(lab.client_http, key.split()[0], url, PATIENCE) for key, url in urls.items()}
    facts: Facts = {name: folded(future.result().outcome) for name, future in connects.items()}
    return facts | {name: future.result().status for name, future in gets.items()}
