"""A person's own keys: checked at the start, shown everywhere, and never without a way out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from checks.prompts import Asker
from checks.refusal import Refusal
from screens.keymap import Keymap
from tests.screens.fake_session import FakeSession
from tests.screens.site import ORIGIN, SampleApp, sample, until
from tui.app import NorouteApp
from tui.config import load
from tui.keymap import keymap_of


def config(folder: Path, text: str) -> Keymap:
    path = folder / "config.toml"
    path.write_text(text)
    return keymap_of(load(path), NorouteApp)


def test_no_file_is_no_change(tmp_path: Path) -> None:
    assert keymap_of(load(tmp_path / "config.toml"), NorouteApp).chosen == {}


def test_keys_are_taken_as_they_are_called(tmp_path: Path) -> None:
    text = '[keys]\n"map.fix" = "x"\nmap.find = "?,f5"\n"app.help" = "f1"\n"app.quit" = "X"\n'
    chosen = config(tmp_path, text).chosen
    assert chosen == {
        "map.fix": "x",
        "map.find": "question_mark,f5",
        "app.help": "f1",
        "app.quit": "X,ctrl+q",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[keys", "it is not TOML"),
        ("[key]\n", "[key]: there is no such part, did you mean keys?"),
        ("keys = 1\n", "[keys]: this is a part of its own"),
        ('[keys]\n"map.fixx" = "x"\n', "nothing is called map.fixx, did you mean map.fix?"),
        ('[keys]\n"map.fix" = 3\n', "3 is not a key in quotes"),
        ('[keys]\n"map.fix" = ""\n', "it names no key"),
        ('[keys]\n"map.fix" = "hyper+x"\n', "hyper+x is no key that every terminal sends"),
        ('[keys]\n"map.fix" = "r"\n', "r is map.recheck there"),
        ('[keys]\n"map.fix" = "?"\n', "question_mark is app.help there"),
        ('[keys]\n"map.fix" = "ctrl+q"\n', "ctrl+q always quits"),
        ('[screen]\ntheme = 1\n', "[screen] theme: 1 is not a text in quotes"),
        ('[screen]\nmouse = "no"\n', "is not true or false"),
        ('[screen]\nthemes = "x"\n', "there is no themes, did you mean theme?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        config(tmp_path, text)
    assert refused.value.exit_code == 2
    assert str(tmp_path / "config.toml") in refused.value.sentence and said in refused.value.sentence


def test_two_may_change_places(tmp_path: Path) -> None:
    assert config(tmp_path, '[keys]\n"map.fix" = "r"\n"map.recheck" = "f"\n').chosen["map.fix"] == "r"


async def test_the_screen_shows_and_takes_the_new_key(tmp_path: Path) -> None:
    keymap = config(tmp_path, '[keys]\n"map.fix" = "x"\n"map.recheck" = "f8"\n"fix.run" = "o"\n')
    app = SampleApp("article", keymap=keymap)
    async with app.run_test(size=(80, 24)) as pilot:
        rows = (await until(pilot, "x fix")).splitlines()
        assert "f8 recheck" in rows[-1] and "f fix" not in "\n".join(rows)
        assert any(row[48:].startswith("┃ x write") for row in rows)
        await pilot.press("f8")
        assert app.scripted.asked == ["recheck"]
        await pilot.press("f", "r")
        assert app.scripted.asked == ["recheck"]
        await pilot.click(offset=(rows[-1].index("x fix"), 23))
        text = await until(pilot, "FIX A01")
        assert "o run it" in text
        await until(pilot, "✓ may write")
        await pilot.press("o")
        await until(pilot, "FIXED")
        await pilot.press("ctrl+q")
    assert app._exit


async def test_a_key_with_a_longer_name_moves_its_word(tmp_path: Path) -> None:
    app = SampleApp("article", keymap=config(tmp_path, '[keys]\n"map.copy" = "ctrl+y"\n'))
    async with app.run_test(size=(80, 24)) as pilot:
        footer = (await until(pilot, "ctrl+y copy")).splitlines()[-1]
        assert footer.endswith("? help")


LONG = """[keys]
"map.fix" = "ctrl+f"
"map.open" = "f12"
"map.next" = "ctrl+n"
"map.recheck" = "ctrl+r"
"map.journal" = "ctrl+k"
"page.copy" = "ctrl+y"
"page.leave" = "ctrl+w,escape"
"fix.run" = "ctrl+g"
"app.help" = "f24"
"""


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_long_names_keep_their_gap_and_their_word(tmp_path: Path, size: tuple[int, int]) -> None:
    app = NorouteApp(application_session, origin=ORIGIN, keymap=config(tmp_path, LONG))
    async with app.run_test(size=size) as pilot:
        await until(pilot, "BROKEN")
        rows = (await until(pilot, "ctrl+f fix")).splitlines()
        assert rows[-1].startswith(" ctrl+f fix  f12 open  ctrl+n next  ctrl+r recheck")
        assert rows[-1].endswith("  f24 help")
        root = next(row for row in rows if " A01  10.10.18.18/28 is not a network address" in row)
        assert root.rstrip().endswith("  ctrl+f fix" if size[0] == 80 else "  ctrl+f fix it")
        if size[0] > 80:
            assert "  ctrl+k follow" in "\n".join(rows)
        await pilot.press("ctrl+k")
        assert "━━ ctrl+w back ━ ctrl+y copy ━" in await until(pilot, "JOURNAL")
        await pilot.press("ctrl+w", "ctrl+f")
        assert "━━ ctrl+g run it ━" in await until(pilot, "may write")
        await pilot.press("q", "f24")
        rows = (await until(pilot, "HELP")).splitlines()
        assert any("  ctrl+f            the plan of the fix" in row for row in rows)


async def test_keys_that_changed_places_are_shown_and_pressed_so(tmp_path: Path) -> None:
    app = SampleApp("article", keymap=config(tmp_path, '[keys]\n"map.fix" = "r"\n"map.recheck" = "f"\n'))
    async with app.run_test(size=(80, 24)) as pilot:
        footer = (await until(pilot, "r fix")).splitlines()[-1]
        assert footer.startswith(" r fix") and "f recheck" in footer
        await pilot.click(offset=(footer.index("f recheck"), 23))
        assert app.scripted.asked == ["recheck"]
        await pilot.click(offset=(1, 23))
        await until(pilot, "FIX A01")


@asynccontextmanager
async def application_session(asker: Asker) -> AsyncIterator[FakeSession]:
    del asker
    yield FakeSession(sample("article"))
