"""The keys of the main screen, in the order of the footer."""

from __future__ import annotations

from textual.binding import Binding, BindingType

_HOPS = range(1, 7)

BINDINGS: list[BindingType] = [
    Binding("f", "fix", "fix", id="map.fix", tooltip="the plan of the fix, to run"),
    Binding("u", "undo", "undo", id="map.undo", tooltip="the plan of the way back"),
    Binding("o", "go_on", "go on", id="map.go_on", tooltip="the fix that was cut off"),
    Binding("h,left", "back", "back", id="map.back", tooltip="back to the map"),
    Binding("enter,l,right", "open", "open", id="map.open", tooltip="all about the selected node"),
    Binding("tab", "finding(1)", "next", id="map.next", tooltip="next finding"),
    Binding("shift+tab", "finding(-1)", "previous", show=False, id="map.previous", tooltip="previous finding"),
    Binding("space", "space", "fold", id="map.fold", tooltip="fold or unfold; page"),
    Binding("r", "recheck", "recheck", id="map.recheck", tooltip="read and probe again now"),
    Binding("p", "probe_from", "probe from", id="map.probe", tooltip="count VIPs from another place"),
    Binding("a", "addresses", "addresses", id="map.addresses", tooltip="who lives in the networks"),
    Binding("w", "journal", "journal", id="map.journal", tooltip="the journal of all units"),
    Binding("t", "timeline", "timeline", id="map.timeline", tooltip="the timeline: what changed"),
    Binding("e", "explain", "explain", id="map.explain", tooltip="what the selection means"),
    Binding("slash", "find", "find", id="map.find", tooltip="find a node or a finding"),
    Binding("n", "find_next", "find next", show=False, id="map.find_next", tooltip="the next with the same words"),
    Binding("c", "copy", "copy", id="map.copy", tooltip="copy what the panel says"),
    Binding("s", "save", "save", id="map.save", tooltip="save a capture"),
    Binding("m", "mask", "mask", id="map.mask", tooltip="show other addresses and names"),
    Binding("q", "leave", "quit", id="map.quit", tooltip="back; on the map: quit"),
    Binding("escape", "back", "back", show=False, id="map.escape"),
    Binding("j,down", "move(1)", "down the path", show=False, id="map.down"),
    Binding("k,up", "move(-1)", "up the path", show=False, id="map.up"),
    Binding("g,home", "move(-999)", "first", show=False, id="map.first"),
    Binding("G,end", "move(999)", "last", show=False, id="map.last"),
    Binding("pagedown", "page(1)", "page on", show=False, id="map.pagedown"),
    Binding("pageup", "page(-1)", "page back", show=False, id="map.pageup"),
    *(Binding(f"{n}", f"hop({n - 1})", f"hop {n} of the path", show=False, id=f"map.hop{n}") for n in _HOPS),
]

RANKS = {
    "map.addresses": 1,
    "map.journal": 1,
    "map.timeline": 1,
    "map.fold": 1,
    "map.explain": 1,
    "map.probe": 2,
    "map.quit": 2,
    "map.save": 2,
    "map.mask": 2,
}
"""What a footer of 80 columns leaves out (1), and one of 120 too (2)."""
