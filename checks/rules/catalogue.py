"""All rules; what ``noroute explain`` says of each is ``entry``."""

from __future__ import annotations

from functools import cache
from types import ModuleType

from checks.rules import (
    card_addresses,
    cards,
    client,
    dataplane,
    first_boot,
    haproxy_config,
    haproxy_unit,
    leftovers,
    login,
    machine,
    planned,
    planned_api,
    policy,
    range_holds,
    range_mistaken,
    range_refused,
    ranges,
    servers,
    table_lines,
    tls_files,
    units,
    watching,
    ways,
)
from checks.rules.entries import entry
from checks.rules.rule import Rule

__all__ = ("entry", "rules")

_GROUPS: tuple[ModuleType, ...] = (
    range_refused,
    range_mistaken,
    range_holds,
    ranges,
    watching,
    units,
    haproxy_unit,
    haproxy_config,
    table_lines,
    policy,
    leftovers,
    ways,
    cards,
    card_addresses,
    dataplane,
    tls_files,
    first_boot,
    machine,
    planned,
    planned_api,
    client,
    servers,
    login,
)


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, by code."""
    found = [value for module in _GROUPS for value in vars(module).values() if isinstance(value, Rule)]
    return tuple(sorted(found, key=lambda rule: rule.code))
