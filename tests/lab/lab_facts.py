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


def of_clients(lab: Laboratory) -> Facts:
    """What both clients meet now, all asked at once, with nothing remembered of what they met before."""
    network.forget_neighbours(lab.slot)
    facts: Facts = {}
    with ThreadPoolExecutor(16) as pool:
        connects = {
            f"{name} {address}:{port}": pool.submit(lab.client_tcp, name, address, port)
            for name, targets in ((JUMP, ON_LINK_TARGETS), (FAR_CLIENT, TARGETS))
            for address, port in targets
        }
        gets = {f"{name} banner": pool.submit(lab.client_http, name, BANNER_URL) for name in (JUMP, FAR_CLIENT)}
        gets["jump dataplane"] = pool.submit(lab.client_http, JUMP, DATAPLANE_URL)
    facts.update({name: folded(future.result().outcome) for name, future in connects.items()})
    facts.update({name: future.result().status for name, future in gets.items()})
    return facts
