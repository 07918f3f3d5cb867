"""``noroute explain``: a finding's code, or what an address in any spelling means to the appliance and the wizard."""

from __future__ import annotations

import re

from checks.addresses import Kind, address, spelling
from screens.picture.cells import Row
from tui.report.page import WIDTH, Paper

# No address of a site begins with 255, and no mask of one is shorter.
_WIDEST = 8
_CODE = re.compile(r"([A-Ha-h][0-9]{2}[A-Za-z]?)(?::.*)?", re.DOTALL)


def page(text: str) -> tuple[Row, ...] | None:
    """The explanation as rows of at most 80 columns, or None for what is neither a code nor an address.

    A finding's whole id is as good as its code.
    """
    if match := _CODE.fullmatch(text.strip()):
        from checks.rules.entries import entry
        from tui.report.code_page import write_code

        found = entry(match[1])
        if found is None:
            return None
        paper = Paper()
        write_code(paper, found)
        return paper.rows
    return address_page(text) or None


def address_page(text: str, width: int = WIDTH) -> tuple[Row, ...]:
    """What an address in any spelling means, in rows of at most ``width`` columns; no rows for what is none."""
    # What follows "#" is a comment to the person who typed it, whatever the appliance makes of it.
    typed = text.partition("#")[0]
    if spelling(typed).kind is Kind.NOTHING:
        return ()
    text = _as_mask(typed) or text
    from tui.report.address_page import write_address

    paper = Paper(width)
    write_address(paper, text)
    return paper.rows


def _as_mask(text: str) -> str:
    """``255.255.255.240`` as ``/28``; "" for what no person means as a mask."""
    at = address(text.strip())
    wide = f"{int(at):032b}".rstrip("0") if at is not None else "0"
    return f"/{len(wide)}" if len(wide) >= _WIDEST and "0" not in wide else ""


def whole(about: str) -> tuple[Row, ...]:
    """A page that is about no single code: "benign" or "what-is-read"."""
    paper = Paper()
    if about == "benign":
        from tui.report.benign_page import write_benign

        write_benign(paper)
    else:
        from tui.report.reading_page import write_reading

        write_reading(paper)
    return paper.rows
