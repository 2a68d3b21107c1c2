"""Who has read which boundary cases: ``tests/boundaries/reviewed.yaml``.

It names every case by the digest of its line; a case that is written anew, or by hand, has another digest.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import yaml
from pydantic import TypeAdapter, ValidationError

from precise_cal.assurance.boundary_cases import flat, line
from precise_cal.engine.cases import FOLDER
from precise_cal.engine.rulebook.entry import Entry, Words
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.engine.rulebook.yaml_source import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from precise_cal.assurance.boundary_cases import Written

REVIEWED: Final = f"{FOLDER}/boundaries/reviewed.yaml"


class Review(Entry):
    """Who read which cases, by rule the digests of their lines."""

    by: Words
    on: Words
    cases: dict[Words, tuple[Words, ...]]


def digest(rule: str, entry: Mapping[str, Any]) -> str:
    """What tells a case as it was read."""
    return sha256(f"{rule}: {line(entry)}".encode()).hexdigest()[:12]


def read_reviews(folder: Path) -> tuple[Review, ...]:
    """Who read which cases; nothing where nobody did. Raises: RuleFileError, of a file of another form."""
    path = folder / REVIEWED
    if not path.exists():
        return ()
    source = read_yaml(path, str(path))
    try:
        return tuple(TypeAdapter(list[Review]).validate_python(source.data))
    except ValidationError as error:
        raise RuleFileError([(source.place(tuple(one["loc"])), one["msg"]) for one in error.errors()]) from None


def unread(cases: Written, reviews: Iterable[Review]) -> tuple[tuple[str, str], ...]:
    """The cases that nobody has read as they are, by rule and name."""
    known = {(rule, one) for review in reviews for rule, digests in review.cases.items() for one in digests}
    return tuple((rule, one["case"]) for rule, one in flat(cases) if (rule, digest(rule, one)) not in known)


def reviewed(cases: Written, reviews: Iterable[Review], by: str, on: str) -> str:
    """The file of reviews with one more, of all that nobody has read; what is no case any more is left out."""
    there = {(rule, digest(rule, one)) for rule, one in flat(cases)}
    rows = []
    for review in reviews:
        left = {rule: [one for one in known if (rule, one) in there] for rule, known in review.cases.items()}
        rows.append((review.by, review.on, {rule: known for rule, known in left.items() if known}))
    old = {(rule, one) for *_, known in rows for rule, digests in known.items() for one in digests}
    added: dict[str, list[str]] = {}
    for rule, one in flat(cases):
        if (rule, digest(rule, one)) not in old:
            added.setdefault(rule, []).append(digest(rule, one))
    entries = [{"by": who, "on": when, "cases": known} for who, when, known in (*rows, (by, on, added)) if known]
    return yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)
