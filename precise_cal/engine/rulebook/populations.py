"""The analysis populations of a trial: of whom each is made, and what takes a participant out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from precise_cal.engine.cql.types import BOOLEAN
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.cql.environment import Compiled
    from precise_cal.engine.cql.types import Type
    from precise_cal.engine.rulebook.loaded import Loaded
    from precise_cal.engine.rulebook.rule_form import PopulationEntry
    from precise_cal.engine.rulebook.yaml_source import Location, YamlFile

INTENTION_TO_TREAT: Final = "ITT"
"""The population that every trial has: all who were enrolled, as they were allocated (ICH E9, 5.2.1)."""


PER_PROTOCOL: Final = "PP"
"""The population that whoever was enrolled against a criterion leaves, where the file does not say which."""


class Compile(Protocol):
    """What compiles a condition at a place of a file; None where it is wrong, which is told elsewhere."""

    def __call__(
        self, text: str, source: YamlFile, location: Location, expected: Type | None = None
    ) -> Compiled | None:
        """The condition."""


@immutable()
class Leave:
    """What takes a participant out of a population without a deviation."""

    code: str
    text: str
    when: Compiled


@immutable()
class Population:
    """An analysis population."""

    id: str
    title: str
    of: Compiled
    """Of whom it is made."""
    leaves: tuple[Leave, ...]

    def functions(self) -> Iterator[tuple[str, Compiled, bool]]:
        """What judging by it calls: words that name it, the expression, and whether its function has reasons."""
        yield f"{self.id} of", self.of, False
        yield from ((f"{self.id} leaves {one.code}", one.when, False) for one in self.leaves)


def names_of(loaded: Loaded) -> dict[str, str]:
    """The titles of the populations by id: those that are declared, or else those that deviations leave.

    Raises:
        RuleFileError: they are declared twice, or a deviation leaves one that is not declared.
    """
    declared = list(_declared(loaded))
    if not declared:
        left = {name for one in _leaves(loaded) for name in one[1]}
        if loaded.deviations is None or loaded.deviations[0].criteria is not None:
            left.add(PER_PROTOCOL)
        return dict.fromkeys((INTENTION_TO_TREAT, *sorted(left - {INTENTION_TO_TREAT})), "")
    names = {entry.id: entry.title for entry, _, _ in declared}
    problems = [
        (
            source.place((*here, "id")),
            message("the population { $id } is declared in another place too", id=Verbatim(entry.id)),
        )
        for index, (entry, source, here) in enumerate(declared)
        if entry.id in {other.id for other, _, _ in declared[:index]}
    ]
    if loaded.deviations is not None:
        source = loaded.deviations[1]
        problems += [
            (
                source.place(place),
                message(
                    '"{ $name }" is no population; known are { $names }', name=name, names=Verbatim(", ".join(names))
                ),
            )
            for place, left_names in _leaves(loaded)
            for name in left_names
            if name not in names
        ]
    if problems:
        raise RuleFileError(problems)
    return names


def compiled_populations(loaded: Loaded, compile_: Compile) -> tuple[Population, ...]:
    """The populations with their conditions compiled; a condition that is wrong is left out, and told elsewhere."""
    declared = list(_declared(loaded))
    if not declared:
        return tuple(_by_default(loaded, compile_))
    found = []
    for entry, source, here in declared:
        of = compile_(entry.of, source, (*here, "of"), BOOLEAN)
        leaves = [
            (one, compile_(one.when, source, (*here, "leaves", index, "when"), BOOLEAN))
            for index, one in enumerate(entry.leaves)
        ]
        if of is not None:
            kept = tuple(Leave(one.code, one.text, when) for one, when in leaves if when is not None)
            found.append(Population(entry.id, entry.title, of, kept))
    return tuple(found)


def _by_default(loaded: Loaded, compile_: Compile) -> Iterator[Population]:
    """Everybody enrolled, less those whom a deviation takes out; none where the trial does not say who is enrolled."""
    if "enrolled" not in loaded.schema.roles:
        return
    of = compile_(loaded.schema.roles["enrolled"], loaded.record, ("roles", "enrolled"), BOOLEAN)
    if of is not None:
        yield from (Population(name, title, of, ()) for name, title in names_of(loaded).items())


def _declared(loaded: Loaded) -> Iterator[tuple[PopulationEntry, YamlFile, Location]]:
    for file, source in loaded.rules:
        yield from ((one, source, ("populations", index)) for index, one in enumerate(file.populations))


def _leaves(loaded: Loaded) -> Iterator[tuple[Location, list[str]]]:
    """The populations that kinds of deviations leave, with the places where they stand."""
    if loaded.deviations is None:
        return
    criteria = loaded.deviations[0].criteria
    for name, one in (("failed", criteria.failed), ("undecided", criteria.undecided)) if criteria else ():
        if one is not None and one.leaves is not None:
            yield ("criteria", name, "leaves"), one.leaves
    for index, entry in enumerate(loaded.deviations[0].deviations):
        here: Location = ("deviations", index)
        yield (*here, "leaves"), entry.leaves
        for code, variant in entry.by_finding.items():
            yield (*here, "by_finding", code, "leaves"), variant.leaves or []
