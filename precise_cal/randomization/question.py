"""What `precise lists compare` is asked: the designs, and how large the trial is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.engine.rulebook.yaml_source import read_yaml
from precise_cal.language.catalog import lines_of, placed, words_of
from precise_cal.protocol.form_errors import form_problems
from precise_cal.randomization.design import Design
from precise_cal.randomization.errors import RandomizationError

if TYPE_CHECKING:
    from pathlib import Path


class Question(BaseModel):
    """Designs to be compared for one trial."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    participants: Annotated[int, Field(ge=1, le=100_000)]
    sites: Annotated[int, Field(ge=1, le=10_000)]
    trials: Annotated[int, Field(ge=1, le=10_000)] = 100
    """How many trials are simulated."""
    designs: Annotated[list[Design], Field(min_length=1, max_length=20)]


def read_question(path: Path) -> Question:
    """A question from its YAML file.

    Raises:
        RandomizationError: it cannot be read, or does not fit; every problem with its place.
    """
    try:
        source = read_yaml(path, str(path))
    except RuleFileError as error:
        raise RandomizationError(words_of(error)) from None
    try:
        return Question.model_validate(source.data)
    except ValidationError as error:
        problems = form_problems(Question, source.data, error)
        raise RandomizationError(lines_of(placed(source.place(at), text) for at, text in problems)) from None
