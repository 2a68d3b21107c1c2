"""Who shows a verdict that is dealt, and how participants around one record differ from it."""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from precise_cal.simulate.goals import Goal
from precise_cal.simulate.seats import Kind, Seat, Table
from precise_cal.simulate.vary import Varier

if TYPE_CHECKING:
    from precise_cal.simulate.goals import Goals
    from precise_cal.simulate.search import Point

WANTED, OTHER = Goal("R-1", "NO"), Goal("R-2", "YES")


def seat(kind: Kind, words: dict[str, str] | None, met: dict[Goal, Any], *shows: Goal) -> Seat:
    """A participant to be, of whom the rules say these words, or who was not met."""
    point = None if words is None else SimpleNamespace(judged=SimpleNamespace(words=words))
    of = SimpleNamespace(enrolled=point, allowed=point, met=met.get)
    return Seat(cast("Goals", of), frozenset({"R-1", "R-2"}), kind, shows)


def test_who_shows_a_verdict_unasked_goes_on_showing_it() -> None:
    free, shown = seat("refused", None, {WANTED: object()}), seat("enrolled", {"R-1": "NO"}, {}, OTHER)
    Table((free, shown)).deal("refused", [WANTED])
    assert (free.shows, shown.shows) == ((WANTED,), (OTHER, WANTED)), "it is dealt once more to who shows nothing"


@pytest.mark.parametrize("words", [None, {}, {"R-1": "YES"}])
def test_who_does_not_show_a_verdict_is_not_taken_for_it(words: dict[str, str] | None) -> None:
    free, other = seat("refused", None, {WANTED: object()}), seat("enrolled", words, {}, OTHER)
    Table((free, other)).deal("refused", [WANTED])
    assert (free.shows, other.shows) == ((WANTED,), (OTHER,))


def test_what_nobody_shows_is_told_as_missed() -> None:
    table = Table((seat("refused", None, {}),))
    table.deal("refused", [WANTED])
    assert table.missed([]) == (("R-1", "NO"),)


JUDGED = SimpleNamespace(words={}, roles={}, reversals=frozenset())
DAY = datetime.date(2026, 3, 9)


@pytest.mark.parametrize(("editions", "site"), [((), "B"), (("1", "2"), "A")])
def test_who_cannot_come_on_another_day_comes_to_another_site(
    editions: tuple[str, ...], site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there are several editions, a site may follow another one: then nothing is moved."""

    def point(record: dict[str, Any], _: Any) -> Any:
        return SimpleNamespace(record=record, judged=JUDGED) if record["day"] == 1 else None

    times = SimpleNamespace(moved=lambda record, days, _: {**record, "day": 1 + days}, cutoff_in=lambda _: None)
    trial = SimpleNamespace(path_of=lambda _: ("site",), periods=editions)
    drawer: Any = SimpleNamespace(trial=trial, first_day=DAY, times=times, plan=SimpleNamespace(values={}))
    search: Any = SimpleNamespace(point=point)
    monkeypatch.setattr(Varier, "_changed", lambda _, record: record)
    base = cast("Point", SimpleNamespace(record={"site": "A", "day": 1}, judged=JUDGED))
    around = Varier(search, drawer, frozenset()).around(base, "B", DAY + datetime.timedelta(days=3))
    assert around == {"site": site, "day": 1}
