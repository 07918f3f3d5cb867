"""A18: IPv6 where the appliance takes IPv4 only: in a range, a gateway, or the address of a NIC."""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence.evidence import Evidence
from checks.evidence.manifest import ROUTE_TABLES_CFG
from checks.evidence.network_files import of_nics, settings
from checks.evidence.ranges import Defect
from checks.model import Grade, Severity
from checks.rules.facts import file_excerpt
from checks.rules.range_defects import NEEDS, UNIT, judged
from checks.rules.references import issue
from checks.rules.rule import Found, Outcome, rule
from checks.rules.table_lines import failing, harm
from checks.site import Site

_ONLY = "The appliance supports IPv4 only"


@rule("A18", "range-ipv6", grade=Grade.SRC, group="addressing", node=UNIT, needs=NEEDS, sources=(issue(1),))
def ipv6(e: Evidence, _: Site) -> Iterator[Outcome]:
    """A range, a gateway or the address of a NIC is IPv6.

    The appliance supports IPv4 only.

    Recognise: "adding route for fd00::/64" in the journal of anyip-routes; a colon in the fourth or fifth field of
    route-tables.cfg, or in "Address=" of /etc/systemd/network/10-*.network.

    Why: IPv6 is switched off on the appliance and none of its scripts handles it.

    Repair: use IPv4.

    See also: A17, C08.
    """
    yield from judged(
        e,
        frozenset({Defect.IPV6}),
        lambda line: (f"{line.subject} is an IPv6 range", f"{_ONLY}.", (0, len(line.text)), "IPv4 only"),
    )
    yield from _tables(e)
    yield from _nics(e)


def _tables(e: Evidence) -> Iterator[Found]:
    for line in e.tables or ():
        text = next((field for field in (line.gateway_text, line.cidr_text) if ":" in field), "")
        if not text:
            continue
        start = line.text.rfind(text)
        breaks, severity = harm(e, line)
        yield Found(
            subject=f"{line.name}:{text}",
            node="unit:route-tables",
            title=f"{text} in route-tables.cfg is IPv6",
            explanation=failing(e, line, _ONLY)
            if severity is None
            else f"{_ONLY}. At its next start route-tables can fail over it.",
            excerpts=(
                file_excerpt(e.files[ROUTE_TABLES_CFG], line.number, span=(start, start + len(text)), note="IPv4 only"),
            ),
            breaks=breaks,
            remedy=f"write the IPv4 {'gateway' if text == line.gateway_text else 'network'} in line {line.number}",
            severity=severity,
        )


def _nics(e: Evidence) -> Iterator[Found]:
    for name, file in of_nics(e.files):
        link = e.link(name)
        without = link is not None and not link.addresses
        for number, value in settings(file, "Address").items():
            if ":" not in value:
                continue
            start = file.line_text(number).find(value)
            yield Found(
                subject=f"{name}:{value}",
                node=f"network:{name}",
                title=f"the address {value} of {name} is IPv6",
                explanation=f"{_ONLY}" + (", and the NIC has no other address." if without else "."),
                excerpts=(file_excerpt(file, number, span=(start, start + len(value)), note="IPv4 only"),),
                remedy=f"write the IPv4 address in {file.path}, restart systemd-networkd",
                severity=None if without else Severity.WARNING,
            )
