"""What the tests of the engine share: a trial of one criterion."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.rulebook import rulebook

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.rulebook.rulebook import Rulebook


@pytest.fixture(scope="session")
def one_criterion(small_trial: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Rulebook]:
    """A trial of one criterion with a condition."""

    def book(condition: str, **more: Any) -> Rulebook:
        record = copy.deepcopy(small_trial.RECORD)
        record["record"]["word"] = {"type": "words", "words": ["a", "b", "c"], "about": "a word"}
        record["record"]["several"] = {"type": "list of text", "about": "words"}
        rules = {"rules": [{**small_trial.CRITERION, "met_when": condition}], **more}
        return rulebook(
            small_trial.folder_of(tmp_path_factory.mktemp("in"), record=record, eligibility=rules), cache=False
        )

    return book
