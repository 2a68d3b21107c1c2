"""Mutants that a trial argues to be the same as its rules: ``tests/mutants/equivalent.yaml``, each with its reason.

They stand below the cases, so that they are no rule and change no hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter, ValidationError

from precise_cal.engine.cases import FOLDER
from precise_cal.engine.rulebook.entry import Entry, Words
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.engine.rulebook.yaml_source import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from precise_cal.assurance.mutants import Mutant

FILE: Final = "mutants/equivalent.yaml"


class Equivalent(Entry):
    """A mutant as it is shown: where, the line, the line in its place; and why no participant tells them apart."""

    at: Words
    was: Words
    now: Words
    because: Words


def read_equivalents(folder: Path) -> tuple[Equivalent, ...]:
    """The list of a trial folder; nothing where it has none.

    Raises:
        RuleFileError: the file has another form.
    """
    path = folder / FOLDER / FILE
    if not path.exists():
        return ()
    source = read_yaml(path, str(path))
    try:
        return tuple(TypeAdapter(list[Equivalent]).validate_python(source.data))
    except ValidationError as error:
        places = ((source.place(tuple(one["loc"])), one["msg"]) for one in error.errors())
        raise RuleFileError(list(places)) from None


def is_argued(mutant: Mutant, equivalents: Iterable[Equivalent]) -> bool:
    """Whether a mutant is on the list."""
    return any((one.at, one.was, one.now) == (mutant.owner, mutant.was, mutant.now) for one in equivalents)
