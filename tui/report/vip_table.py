"""The VIPs in words: one row each, one column per place that was probed from."""

from __future__ import annotations

from checks.model import Diagnosis, Node, NodeKind, State, Vantage
from screens.picture.canvas import GLYPHS, ROLES
from screens.picture.cells import Role, Span
from screens.picture.fit import fit
from screens.picture.vantages import short_word
from tui.report.page import Paper
from tui.report.vantage_names import name_of
from tui.report.words import several

_COLUMN = 16
_MOST_ROWS = 24


def write_vips(paper: Paper, diagnosis: Diagnosis, via: tuple[str, ...]) -> None:
    """The table; nothing where there are no VIPs. Of very many only those in trouble have a row of their own."""
    vips = diagnosis.of_kind(NodeKind.VIP)
    if not vips:
        return
    places = [vantage for vantage in Vantage if any(node.mark(vantage) for node in vips)]
    left = paper.width - _COLUMN * len(places)
    titles = [Span(fit(name_of(place, via), _COLUMN - 1).ljust(_COLUMN), Role.DIM) for place in places]
    paper.gap()
    paper.line(Span("VIPs".ljust(left), bold=True), *titles)
    own_row = vips if len(vips) <= _MOST_ROWS else tuple(vip for vip in vips if vip.state is not State.OK)
    room = max((len(vip.label) for vip in own_row), default=0)
    names = {node.id: node.label for node in diagnosis.of_kind(NodeKind.CLUSTER)}
    for vip in own_row[:_MOST_ROWS]:
        owner = fit(names.get(vip.within, vip.within.partition(":")[2]), left - room - 6)
        paper.line(
            "  ",
            Span(GLYPHS[vip.state], ROLES[vip.state]),
            f" {fit(vip.label, left - 6).ljust(room)} {owner}".ljust(left - 3),
            *(_cell(vip, place) for place in places),
        )
    if len(own_row) > _MOST_ROWS:
        paper.line(f"    and {several(len(own_row) - _MOST_ROWS, 'more VIP')} in trouble")
    if len(vips) > len(own_row):
        paper.line("  ", Span(GLYPHS[State.OK], ROLES[State.OK]), f" {len(vips) - len(own_row)} others answer")


def _cell(vip: Node, place: Vantage) -> Span:
    check = vip.mark(place)
    if check is None:
        return Span("-".ljust(_COLUMN), Role.FAINT)
    whole = fit(check.detail, _COLUMN)
    word = whole if check.ms is None and len(check.detail) < _COLUMN and whole else short_word(check)
    return Span((word or "?").ljust(_COLUMN), Role.TEXT if check.state is State.OK else ROLES[check.state])
