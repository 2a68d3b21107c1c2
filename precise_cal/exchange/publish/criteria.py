"""The criteria of a trial in its last version, as both formats need them: clause, condition, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from precise_cal.protocol.verdicts import CRITERIA, LADDERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.rulebook.edition import ExecutableRule
    from precise_cal.engine.rulebook.rulebook import Rulebook

EXCLUSION: Final = "exclusion"


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion: `met` of an inclusion, `present` of an exclusion is what the condition tells."""

    id: str
    kind: str
    title: str
    quote: str
    source: str
    condition: str
    """In HL7 CQL."""
    scope: str
    """The words of the items for each of which it has to hold; empty where it is about the participant."""
    parameters: tuple[str, ...]
    """Each with its value and its status."""

    @property
    def excludes(self) -> bool:
        """Whether somebody in whom the condition is true is excluded."""
        return self.kind == EXCLUSION

    @property
    def notes(self) -> Iterator[str]:
        """What has to be known beside the condition, in sentences."""
        yield f"Source: {self.source}"
        if self.scope:
            yield f"For {self.scope}"
        yield from (f"Parameter {one}" for one in self.parameters)


def criteria_of(book: Rulebook) -> tuple[Criterion, ...]:
    """Every criterion, in the order of the rule files."""
    return tuple(_criterion(one) for one in book.latest.rules if one.kind in CRITERIA)


def _criterion(one: ExecutableRule) -> Criterion:
    rule = one.rule
    condition = one.conditions[LADDERS[one.kind].needed].code.text.strip()
    used = tuple(f"{each.id} = {each.value} ({each.status})" for each in one.parameters)
    return Criterion(
        rule.id,
        one.kind,
        rule.title,
        rule.quote,
        rule.source,
        condition,
        f"each {one.scope.word}" if one.scope else "",
        used,
    )


def definitions_of(book: Rulebook) -> str:
    """What the conditions name beside fields and parameters, as a text in CQL."""
    environment = book.latest.environment
    defined = [f'define "{name}":\n  {one.text.strip()}' for name, one in environment.definition_sources.items()]
    for one in environment.functions:
        operands = ", ".join(f"{name} {kind}" for name, kind in one.operands)
        defined.append(f'define function "{one.name}"({operands}):\n  {one.text.strip()}')
    return "\n\n".join(defined) + "\n"
