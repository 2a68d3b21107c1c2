"""Versions of the protocol, a release before and after its first signature, and origins of values, seen by axe."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from tests.desk.browsing import BOTH, looker
from tests.desk.test_prefill import imported  # noqa: F401 - a fixture
from tests.desk.test_versions import APPROVAL, TODAY, amended, of_amended, record  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow


@BOTH
@pytest.mark.usefixtures("of_amended")
def test_versions_and_releases_are_accessible_and_fit(visit: Callable[..., Any], lang: str, width: int) -> None:
    from precise_cal.desk import here
    from precise_cal.desk.receiving import receive

    receive(here.trial(), record())
    look, typed = looker(), {"site": "ZS01", "version": "2", "day": str(TODAY + timedelta(days=3))}
    sponsor = visit("sponsor", lang, width)
    sponsor.goto("/versions")
    look(sponsor, "before")
    sponsor.goto(f"/versions/release?{urlencode(typed | {'approval': APPROVAL})}")
    assert sponsor.get_by_text("ZS01-001").count() == 1
    look(sponsor, "to be released")
    number = _released(**typed)
    for role in ("sponsor", "investigator", "inspector"):
        page = visit(role, lang, width)
        for path in (f"/versions/{number}", "/versions"):
            page.goto(path)
            look(page, f"{role} {path}")
    assert look.wrong == {}


def _released(site: str, version: str, day: str) -> int:
    from precise_cal.desk import here, versions
    from precise_cal.desk.store.log import Actor

    one = versions.planned(here.trial(), site, version, day, APPROVAL)
    return versions.release(here.trial(), one, {}, Actor("sponsor", "sponsor", None, "password"))


@BOTH
@pytest.mark.usefixtures("imported")
def test_origins_are_accessible_and_fit(visit: Callable[..., Any], lang: str, width: int) -> None:
    look, page = looker(), visit("coordinator", lang, width)
    page.goto("/gate?participant=ZS01-001&form=1")
    assert "people.csv" in page.locator(".origin").first.inner_text()
    look(page, "origins")
    assert look.wrong == {}
