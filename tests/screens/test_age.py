"""Ages in words, and how often they change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from checks.snapshot import Phase
from screens.age import age_words, next_change, since_words, span, until_next
from tests.screens.site import NOW, sample


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (9.9, "9 s"), (10, "10 s"), (14, "10 s"), (59, "55 s"), (60, "1 min"), (7200, "2 h"), (2e5, "2 days")],
)
def test_span(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize("seconds", [0.0, 3.2, 9.0, 10.0, 12.5, 57.0, 60.0, 100.0, 4000.0])
def test_the_words_do_not_change_before_the_next_tick(seconds: float) -> None:
    step = until_next(seconds)
    assert 0 < step <= 60
    assert span(seconds) == span(seconds + step - 0.01)


def test_a_minute_of_looking_on_costs_few_repaints() -> None:
    age, ticks = 0.0, 0
    while age < 60:
        age += until_next(age)
        ticks += 1
    assert ticks == 20


def test_what_the_header_says() -> None:
    live = sample("article")
    assert age_words(live, NOW, brief=False) == "live, 2 s ago"
    assert age_words(live, NOW, brief=True) == "live 2 s"
    assert age_words(replace(live, phase=Phase.READING), NOW, brief=False) == "reading"


def test_the_next_try_is_counted_down() -> None:
    later = NOW + timedelta(seconds=12)
    lost = replace(sample("article"), phase=Phase.LOST, retry_at=later + timedelta(seconds=3))
    said = []
    for _ in range(4):
        said.append(age_words(lost, later, brief=False))
        pause = next_change(lost, later)
        assert pause is not None
        later += timedelta(seconds=pause + 0.01)
    assert [words.partition(", ")[2] for words in said] == ["again in 3 s", "again in 2 s", "again in 1 s", ""]


def test_since_names_the_day_where_it_was_another() -> None:
    assert since_words(NOW - timedelta(minutes=3), NOW) == "since 15:30:14, 3 min"
    assert since_words(NOW - timedelta(days=26), NOW) == "since 2020-10-25 15:33, 26 days"
