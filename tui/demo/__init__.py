"""The simulated site: an appliance, a jump host and a Supervisor that live inside this process.

What the rest of the program uses::

    from tui.demo.scenario import Scenario, load_scenario, scenario_names
    from tui.demo.site import Demo, simulated
    from tui.demo.serve import serve

    async with simulated("no-route-to-host") as demo: ...     # a Demo, see tui.demo.site
    scenario_names() -> tuple[str, ...]                       # the default scenario first
    load_scenario(name) -> Scenario                           # ValueError names the known ones
    await serve("healthy", 2222) -> int                       # exit code; runs until interrupted

Nothing here starts a process, reads a file outside this package or connects to anything: the jump host listens on
a port of 127.0.0.1, and all behind it is made of sockets that never leave the process. What clients send is
either one of noroute's own scripts, recognised by composing it again, or goes through the small shell of
:mod:`tui.demo.shell`; neither reaches the host.

Who does what: ``clock`` time and what is due; ``files`` the appliance's disk; ``kernel`` addresses, routes, rules;
``journal``; ``units`` systemd; ``anyip``, ``policy``, ``postconfig``, ``haproxy`` the programs that units run;
``appliance`` puts them together; ``network`` who answers where; ``supervisor`` and ``tls`` what answers behind the
VIPs; ``shell`` and ``commands`` what people may type; ``answers`` what noroute's scripts get; ``server`` SSH.
"""
