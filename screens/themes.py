"""The product's own themes. Each gives a value to every role; nothing else in the program names a colour."""

from __future__ import annotations

from textual.theme import Theme

DARK, LIGHT, BLUE_ORANGE = "noroute-dark", "noroute-light", "noroute-blue-orange"
HIGH_CONTRAST, ANSI, MONO = "noroute-high-contrast", "noroute-ansi", "noroute-mono"


def _theme(
    name: str,
    *,
    states: tuple[str, str, str, str, str],
    lines: tuple[str, str],
    text: tuple[str, str, str],
    grounds: tuple[str, str, str],
    tints: tuple[str, str, str],
    dark: bool = True,
) -> Theme:
    """``states``: success, warning, error, consequence, unknown; ``lines``: accent, network; ``text``: text, dim,
    faint; ``grounds``: background, panel, raise; ``tints``: selected, root, added."""
    success, warning, error, consequence, unknown = states
    accent, network = lines
    return Theme(
        name=name,
        primary=accent,
        secondary=network,
        warning=warning,
        error=error,
        success=success,
        accent=accent,
        foreground=text[0],
        background=grounds[0],
        surface=grounds[1],
        panel=grounds[2],
        dark=dark,
        variables={
            "text": text[0],
            "text-muted": text[1],
            "text-disabled": text[2],
            "text-success": success,
            "text-warning": warning,
            "text-error": error,
            "text-secondary": unknown,
            "text-accent": accent,
            "consequence": consequence,
            "faint": text[2],
            "primary-muted": tints[0],
            "error-muted": tints[1],
            "success-muted": tints[2],
            "border": accent,
            "block-cursor-background": accent,
            "input-cursor-background": accent,
            "input-selection-background": tints[0],
            "scrollbar": text[2],
            "scrollbar-hover": text[1],
            "scrollbar-active": accent,
            "scrollbar-background": grounds[0],
            "scrollbar-background-hover": grounds[0],
            "scrollbar-background-active": grounds[0],
            "scrollbar-corner-color": grounds[0],
        },
    )


def _terminals_own(name: str, variables: dict[str, str]) -> Theme:
    default = "ansi_default"
    return Theme(
        name=name,
        primary=variables["text-accent"],
        secondary=variables["network"],
        warning=variables["text-warning"],
        error=variables["text-error"],
        success=variables["text-success"],
        accent=variables["text-accent"],
        foreground=default,
        background=default,
        surface=default,
        panel=default,
        ansi=True,
        variables=variables
        | {
            # Textual's own style sheets name these two in themes of this kind.
            "ansi-background": default,
            "ansi-foreground": default,
            "scrollbar": variables["faint"],
            "scrollbar-background": default,
            "scrollbar-background-hover": default,
            "scrollbar-background-active": default,
            "scrollbar-corner-color": default,
            "primary-muted": default,
            "error-muted": default,
            "success-muted": default,
            # Without tints a cursor is told from the rest by being reversed.
            "block-cursor-text-style": "reverse",
            "block-cursor-blurred-text-style": "reverse",
        },
    )


THEMES = (
    _theme(
        DARK,
        states=("#52bfa3", "#ecb84a", "#ff6b57", "#c46f65", "#ab9bf2"),
        lines=("#6fb4ff", "#7f9cc0"),
        text=("#d3dce7", "#8494a8", "#54667b"),
        grounds=("#0d1218", "#131a23", "#1c2530"),
        tints=("#1f3a5c", "#3a1a18", "#0f2a22"),
    ),
    _theme(
        LIGHT,
        states=("#00705a", "#8a5a00", "#c02b12", "#a15749", "#5b45b0"),
        lines=("#0b5cad", "#45617f"),
        text=("#20262e", "#5c6670", "#8b939a"),
        grounds=("#fbfaf7", "#f1efe9", "#e6e3da"),
        tints=("#cfe2f8", "#fbdcd5", "#d9f0e6"),
        dark=False,
    ),
    _theme(
        BLUE_ORANGE,
        states=("#56b4e9", "#f0e442", "#ff9a1f", "#b07a35", "#cc9fd0"),
        lines=("#d3dce7", "#7f9cc0"),
        text=("#d3dce7", "#8494a8", "#54667b"),
        grounds=("#0d1218", "#131a23", "#1c2530"),
        tints=("#2b3440", "#3a2508", "#0f2233"),
    ),
    _theme(
        HIGH_CONTRAST,
        states=("#3df0bd", "#ffd75a", "#ff9182", "#e8a79d", "#d0c4ff"),
        lines=("#9accff", "#b3cdec"),
        text=("#ffffff", "#cfd6de", "#8f9aa6"),
        grounds=("#000000", "#0a0d11", "#1c2530"),
        tints=("#0f3f7a", "#5a1712", "#0b4432"),
    ),
    _terminals_own(
        ANSI,
        {
            "text-success": "ansi_cyan",
            "text-warning": "ansi_bright_yellow",
            "text-error": "ansi_bright_red",
            "text-secondary": "ansi_bright_magenta",
            "text-accent": "ansi_bright_blue",
            "network": "ansi_blue",
            "consequence": "ansi_red",
            "text-muted": "ansi_bright_black",
            "faint": "ansi_bright_black",
        },
    ),
    _terminals_own(
        MONO,
        dict.fromkeys(
            (
                "text-success",
                "text-warning",
                "text-error",
                "text-secondary",
                "text-accent",
                "network",
                "consequence",
                "text-muted",
                "faint",
            ),
            "ansi_default",
        ),
    ),
)
