"""What a trial declares about its rules for proofs: ``tests/proofs/declared.yaml``, each entry with its reason.

It stands below the cases, so that it is no rule and changes no hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter, ValidationError

from precise_cal.engine.cases import FOLDER
from precise_cal.engine.rulebook.entry import Entry, Words
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.engine.rulebook.yaml_source import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "proofs/declared.yaml"


class DeadAtom(Entry):
    """An atom that decides nothing and stands there all the same: of a definition, or of a rule's own conditions."""

    at: Words
    atom: Words
    because: Words


class Redundant(Entry):
    """A rule that refuses nobody whom others do not refuse too."""

    rule: Words
    because: Words


class AbsentSays(Entry):
    """A field whose absence is a statement, so that its value is no fact that is learned; of some rules, or of all."""

    field: Words
    rules: tuple[Words, ...] = ()
    because: Words


class ExactlyOne(Entry):
    """Notices of a rule of which no two hold at once and, where it has this verdict and all is known, one does.

    Of records with one item in each list.
    """

    rule: Words
    verdict: Words | None = None
    of: tuple[Words, ...]


class Declared(Entry):
    """All of it."""

    dead_atoms: tuple[DeadAtom, ...] = ()
    redundant: tuple[Redundant, ...] = ()
    absent_says: tuple[AbsentSays, ...] = ()
    exactly_one: tuple[ExactlyOne, ...] = ()
    consecutive: tuple[tuple[Words, ...], ...] = ()
    """Visits whose windows follow on each other without a day between."""


def read_declared(folder: Path) -> Declared:
    """What a trial folder declares; nothing where it has no such file.

    Raises:
        RuleFileError: the file has another form.
    """
    path = folder / FOLDER / FILE
    if not path.exists():
        return Declared()
    source = read_yaml(path, str(path))
    try:
        return TypeAdapter(Declared).validate_python(source.data)
    except ValidationError as error:
        places = ((source.place(tuple(one["loc"])), one["msg"]) for one in error.errors())
        raise RuleFileError(list(places)) from None
