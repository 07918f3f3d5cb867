"""``noroute demo --serve``: the simulated site for any SSH client, until interrupted."""

from __future__ import annotations

from argparse import Namespace

from tui.session_opening import known_scenario
from tui.signals import run as run_until_signal


def run(options: Namespace) -> int:
    """Serve; 128+n after signal n. The first line on standard output is the path of an ssh_config."""
    scenario = known_scenario(options.scenario)
    from tui.demo.serve import serve

    return run_until_signal(serve(scenario, options.port or 0))
