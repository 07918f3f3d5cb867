"""All rules; what ``noroute explain`` says of each is ``entry``."""

from __future__ import annotations

from functools import cache
from types import ModuleType

from checks.rules import (
    api_certificate,
    client,
    dataplane,
    file_watcher,
    first_boot,
    haproxy_config,
    haproxy_unit,
    ipv6,
    login,
    machine,
    nic_addresses,
    nic_masks,
    nics,
    plan_differs,
    policy,
    range_conflicts,
    range_misread,
    range_syntax,
    ranges,
    routing,
    servers,
    site_plan,
    site_plan_api,
    stale_routes,
    table_lines,
    tls_files,
    units,
)
from checks.rules.entries import entry
from checks.rules.rule import Rule

__all__ = ("entry", "rules")

_GROUPS: tuple[ModuleType, ...] = (
    range_syntax,
    ipv6,
    range_misread,
    range_conflicts,
    ranges,
    file_watcher,
    units,
    haproxy_unit,
    haproxy_config,
    table_lines,
    policy,
    stale_routes,
    routing,
    nics,
    nic_addresses,
    nic_masks,
    dataplane,
    api_certificate,
    tls_files,
    first_boot,
    machine,
    site_plan,
    site_plan_api,
    plan_differs,
    client,
    servers,
    login,
)


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, by code."""
    found = [value for module in _GROUPS for value in vars(module).values() if isinstance(value, Rule)]
    return tuple(sorted(found, key=lambda rule: rule.code))
