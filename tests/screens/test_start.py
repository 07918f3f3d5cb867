"""The first screen without a target: what it offers, what is typed, what it remembers."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from checks.model import Vantage
from tests.screens.habits import Habits
from tests.screens.site import screen_text, until
from tui import screen_state
from tui.app import NorouteApp
from tui.arguments import parse
from tui.session_opening import Way
from tui.start_choices import Kept

SIZES = [(80, 24), (120, 36)]


@pytest.mark.parametrize("size", SIZES)
async def test_enter_opens_what_was_looked_at_last(size: tuple[int, int]) -> None:
    habits = Habits()
    app = NorouteApp(habits=habits)
    async with app.run_test(size=size) as pilot:
        text = await until(pilot, "LOOKED AT BEFORE")
        assert "▸ root@haproxy.lab" in text and "healthy" in text and len(text.splitlines()) <= size[1]
        await pilot.press("enter")
        await until(pilot, "BROKEN")
    assert habits.seen == [("-J", "me@jump01", "root@haproxy.lab"), "reached"]


async def test_arrows_choose_and_words_narrow_the_list() -> None:
    habits = Habits()
    app = NorouteApp(habits=habits)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "LOOKED AT BEFORE")
        await pilot.press(*"heal")
        text = await until(pilot, "root@haproxy.lab", gone=True)
        assert "  healthy" in text
        await pilot.press("down")
        await until(pilot, "▸ healthy")
        await pilot.press("enter")
        await until(pilot, "BROKEN")
    assert habits.seen[0] == ("demo", "healthy")


async def test_what_is_typed_is_checked_and_opened() -> None:
    habits = Habits()
    app = NorouteApp(habits=habits)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "LOOKED AT BEFORE")
        await pilot.press(*"wrong", "enter")
        await until(pilot, "that cannot be")
        assert habits.seen == []
        await pilot.press(*["backspace"] * 5, *"-J a b", "enter")
        await until(pilot, "BROKEN")
    assert habits.seen[0] == ("-J", "a", "b")


async def test_enter_comes_after_all_that_was_typed_before_it() -> None:
    """However fast, as from a paste."""
    habits = Habits()
    app = NorouteApp(habits=habits)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "LOOKED AT BEFORE")
        for key in "root@other":
            app.post_message(events.Key("at" if key == "@" else key, key))
        app.post_message(events.Key("enter", "\r"))
        await until(pilot, "BROKEN")
    assert habits.seen[0] == ("root@other",)


async def test_a_refusal_afterwards_ends_with_its_code() -> None:
    app = NorouteApp(habits=Habits())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "LOOKED AT BEFORE")
        await pilot.press(*"late", "enter")
        await pilot.pause()
    assert app.return_code == 2


@pytest.mark.parametrize("key", ["escape", "ctrl+d", "ctrl+q"])
async def test_leaving_it_is_no_failure(key: str) -> None:
    app = NorouteApp(habits=Habits())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "LOOKED AT BEFORE")
        await pilot.press(key)
        await pilot.pause()
    assert app.return_code == 0


async def test_escape_takes_back_what_was_typed_first() -> None:
    app = NorouteApp(habits=Habits())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "LOOKED AT BEFORE")
        await pilot.press(*"root@h", "escape")
        await until(pilot, "▸ root@haproxy.lab")
        assert app.is_running and app.screen.query_one("Input").value == ""  # type: ignore[attr-defined]
        await pilot.press("escape")
        await pilot.pause()
    assert app.return_code == 0


async def test_the_keys_that_are_shown_work_with_words_in_the_field_too() -> None:
    app = NorouteApp(habits=Habits())
    async with app.run_test(size=(80, 24)) as pilot:
        keys = (await until(pilot, "LOOKED AT BEFORE")).splitlines()[-1]
        assert "esc quit" in keys and "? help" in keys
        await pilot.press(*"root@h")
        keys = (await until(pilot, "esc clear")).splitlines()[-1]
        assert "ctrl+d quit" in keys and "f1 help" in keys and "? help" not in keys
        await pilot.press("f1")
        await until(pilot, "HELP")
        await pilot.press("q", "escape")
        await until(pilot, "esc quit")


async def test_a_question_mark_asks_for_the_keys() -> None:
    app = NorouteApp(habits=Habits())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "LOOKED AT BEFORE")
        await pilot.press("question_mark")
        await until(pilot, "HELP")
        await pilot.press("q")
        await until(pilot, "LOOKED AT BEFORE")


async def test_the_keys_that_are_told_are_those_of_the_first_screen() -> None:
    app = NorouteApp(habits=Habits())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "LOOKED AT BEFORE")
        await pilot.press("question_mark")
        text = await until(pilot, "HELP")
        for keys in ("enter    ", "down tab ", "up shift+tab", "esc      ", "ctrl+d   ", "ctrl+q   "):
            assert f"  {keys}" in text
        assert "ON THE MAP" not in text and "recheck" not in text and "page on" not in text


@pytest.mark.parametrize("word", ["version", "help", "chekc"])
async def test_a_command_is_no_host_here_either(home: Path, word: str) -> None:
    del home
    app = NorouteApp(habits=Kept(parse([])))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "THE DEMO")
        await pilot.press(*word, "enter")
        text = " ".join((await until(pilot, "is no command and no host")).split())
        assert "did you mean" in text and f"`--`: -- {word}" in text
        assert app.is_running and not app.main.is_mounted


async def test_q_leads_back_to_the_list() -> None:
    habits = Habits()
    app = NorouteApp(habits=habits)
    async with app.run_test(size=(200, 50)) as pilot:
        for key in ("enter", "down"):
            await until(pilot, "LOOKED AT BEFORE")
            await pilot.press(*(("enter",) if key == "enter" else ("down", "enter")))
            assert "q back" in (await until(pilot, "BROKEN"))
            await pilot.press("q")
        await until(pilot, "LOOKED AT BEFORE")
        assert not [worker for worker in app.workers if worker.group == "session" and not worker.is_finished]
        await pilot.press("ctrl+d")
        await pilot.pause()
    assert app.return_code == 0
    assert habits.seen == [("-J", "me@jump01", "root@haproxy.lab"), "reached", ("demo", "healthy"), "reached"]


async def test_a_click_selects_and_one_more_opens() -> None:
    habits = Habits()
    app = NorouteApp(habits=habits)
    async with app.run_test(size=(80, 24)) as pilot:
        rows = (await until(pilot, "healthy")).splitlines()
        y = next(y for y, row in enumerate(rows) if "healthy" in row)
        await pilot.click(offset=(10, y))
        assert any("▸ healthy" in row for row in screen_text(app).splitlines())
        await pilot.click(offset=(10, y))
        await until(pilot, "BROKEN")
    assert habits.seen[0] == ("demo", "healthy")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


def test_hosts_come_from_the_ssh_configuration_without_patterns(home: Path) -> None:
    (home / ".ssh").mkdir()
    text = "Host *\n  User me\nhost haproxy-w1 hap2 !no\n  HostName 192.0.2.7\n  ProxyJump jump01\nHost *.lab -bad\n"
    (home / ".ssh" / "config").write_text(text)
    found = [choice for choice in Kept(parse([])).choices() if "ssh" in choice.group]
    assert [(choice.label, choice.told, choice.words) for choice in found] == [
        ("haproxy-w1", "192.0.2.7 via jump01", ("haproxy-w1",)),
        ("hap2", "192.0.2.7 via jump01", ("hap2",)),
    ]


def test_included_files_name_hosts_too_and_another_file_is_read_in_place(home: Path) -> None:
    (home / ".ssh" / "more").mkdir(parents=True)
    (home / ".ssh" / "config").write_text("Include more/*.conf\nHost direct\n")
    (home / ".ssh" / "more" / "lab.conf").write_text("Host haproxy-lab\n  HostName 192.0.2.9\nInclude ~/.ssh/config\n")
    other = home / "other"
    other.write_text("Host elsewhere\n")

    def named(*words: str) -> list[str]:
        return [choice.label for choice in Kept(parse(list(words))).choices() if "HOSTS" in choice.group]

    assert named() == ["haproxy-lab", "direct"]
    assert named("-F", str(other)) == ["elsewhere"]


def test_a_target_whose_configuration_is_gone_is_not_offered(home: Path) -> None:
    served = home / "ssh_config"
    served.write_text("Host demo-appliance\n")
    Kept(parse(["-F", str(served), "demo-appliance"])).reached()
    assert any("BEFORE" in choice.group for choice in Kept(parse([])).choices())
    served.unlink()
    assert not any("BEFORE" in choice.group for choice in Kept(parse([])).choices())


def test_the_demos_scenarios_are_told_by_what_people_saw(home: Path) -> None:
    del home
    found = [choice for choice in Kept(parse([])).choices() if "DEMO" in choice.group]
    assert found[0].words == ("demo", "no-route-to-host") and len(found) >= 2
    assert all("10.10.18.18/28" not in choice.told for choice in found)


def test_a_target_that_let_us_in_is_remembered_without_what_was_for_once(home: Path) -> None:
    secret = home / "password"
    secret.write_text("hunter2\n")
    options = parse(["-J", "me@jump01", "--password-file", str(secret), "-p", "2222", "root@haproxy.lab"])
    Kept(options).reached()
    Kept(parse(["root@other"])).reached()
    Kept(parse(["demo"])).reached()
    assert screen_state.recent() == (("root@other",), ("-J", "me@jump01", "-p", "2222", "root@haproxy.lab"))
    assert [choice.words for choice in Kept(parse([])).choices()][:2] == list(screen_state.recent())
    file = home / "state" / "noroute" / "screen.json"
    assert "hunter2" not in file.read_text() and "password" not in file.read_text()
    assert file.stat().st_mode & 0o077 == 0


@pytest.fixture
def site(home: Path) -> Path:
    """A site in production."""
    path = home / "site.toml"
    path.write_text('name = "jarvis"\nproduction = true\n')
    return path


def test_what_the_command_line_says_holds_for_what_is_chosen(site: Path) -> None:
    kept = Kept(parse(["--read-only", "--site", str(site), "-J", "me@jump01", "--from", "jump", "-l", "admin"]))
    way = kept.visit(("haproxy.lab",))
    assert isinstance(way, Way)
    assert way.origin.read_only and way.site is not None and way.site.production
    assert (way.origin.via, way.origin.client_vantage) == (("me@jump01",), Vantage.JUMP)
    assert way.origin.target == "admin@haproxy.lab"
    other = kept.visit(("-J", "me@jump02", "--from", "here", "root@other")).origin
    assert other.read_only, "also for the second site"
    assert (other.via, other.client_vantage, other.target) == (("me@jump02",), Vantage.HERE, "root@other")
    demo = kept.visit(("demo", "healthy")).origin
    assert demo.read_only and demo.site == "healthy"


def test_what_is_reached_that_way_is_remembered_whole(home: Path) -> None:
    del home
    kept = Kept(parse(["--read-only", "-J", "me@jump01"]))
    kept.visit(("root@haproxy.lab",))
    kept.reached()
    assert screen_state.recent() == (("-J", "me@jump01", "root@haproxy.lab"),)


@pytest.mark.parametrize("text", ["", "[", "[]", '{"recent": 1}', '{"recent": [[1]], "theme": 3}', "[" * 9999])
def test_a_spoiled_memory_is_no_memory(home: Path, text: str) -> None:
    folder = home / "state" / "noroute"
    folder.mkdir(parents=True)
    (folder / "screen.json").write_text(text)
    assert screen_state.recent() == () and screen_state.theme("noroute-light") == "noroute-light"


def test_a_chosen_theme_holds_until_the_file_says_another(home: Path) -> None:
    del home
    Kept(parse([]), "noroute-light").themed("noroute-ansi")
    assert screen_state.theme("noroute-light") == "noroute-ansi"
    assert screen_state.theme("noroute-mono") == "noroute-mono"


@pytest.mark.parametrize(
    ("typed", "said"),
    [("root@haproxy.lab", ""), ("-J j root@h", ""), ("demo healthy", ""), ("-J j", "missing"), ("check x", "only a"),
     ("demo --serve", "only a"), ("a b", "one word too many"), ("'a", "quote"), ("--jump x", "no option"),
     ("noroute root@haproxy.lab", ""), ("noroute demo healthy", ""), ("noroute check x", "only a"),
     ("noroute a b", "b is one")],
)  # fmt: skip
def test_what_can_be_typed(home: Path, typed: str, said: str) -> None:
    del home
    assert said in Kept(parse([])).objection(typed)
    assert bool(said) is bool(Kept(parse([])).objection(typed))
