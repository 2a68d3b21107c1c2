"""What an edition has in common with one that was compiled: rules and definitions that use nothing of what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.cql.environment import Compiled
    from precise_cal.engine.rulebook.edition import Edition, ExecutableRule
    from precise_cal.engine.rulebook.loaded import Loaded
    from precise_cal.engine.rulebook.rule_form import RuleEntry


@immutable()
class Reuse:
    """An edition of the same files, or of files that differ in values of parameters, and in the words of entries.

    Attributes:
        edition: as it was compiled, with the meaning of its conditions.
        differing: the ids of the parameters that hold other values, or are known otherwise; of a table, its own or
            those of its rows.
        changed: the names of the definitions that are written otherwise.
        rewritten: the places of the rules that are written otherwise: the numbers of file and entry.
    """

    edition: Edition
    differing: frozenset[str]
    changed: frozenset[str] = frozenset()
    rewritten: frozenset[tuple[int, int]] = frozenset()

    def rule(self, entry: RuleEntry, place: tuple[int, int]) -> ExecutableRule | None:
        """A rule that is the same in both: its words do not depend on the edition, and it uses nothing that differs.

        Args:
            entry: as written.
            place: the numbers of its file and of its entry; another entry may have its id in another edition.
        """
        found = self.edition.by_id.get(entry.id)
        if found is None or found.place[1:] != place or place in self.rewritten or not isinstance(entry.quote, str):
            return None
        noticed = {name for notice in entry.notices for name in notice.if_assumed}
        same = not noticed & self.differing and not any(map(self._differs, found.expressions()))
        return found if same else None

    def definitions(self) -> Iterator[tuple[str, Compiled]]:
        """The definitions that use nothing that differs, by name."""
        for name, compiled in self.edition.environment.compiled.items():
            if name not in self.changed and not self._differs(compiled):
                yield name, compiled

    def _differs(self, compiled: Compiled) -> bool:
        """Whether an expression uses what differs; of a table, any of its rows, or all of it as a tuple."""
        return not self.changed.isdisjoint(compiled.definitions) or any(
            name == other or name.startswith(f"{other}.") or other.startswith(f"{name}.")
            for name in compiled.parameters
            for other in self.differing
        )


def changed_definitions(some: Loaded, others: Loaded) -> frozenset[str]:
    """The names of the definitions that are written otherwise in files that are the same in all else."""
    pairs = zip(some.rules, others.rules, strict=True)
    both = (
        (one, two) for (old, _), (new, _) in pairs for one, two in zip(old.definitions, new.definitions, strict=True)
    )
    return frozenset(two.define for one, two in both if one is not two)


def rewritten_rules(some: Loaded, others: Loaded) -> frozenset[tuple[int, int]]:
    """The places of the rules that are written otherwise in files that are the same in all else."""
    return frozenset(
        (number, index)
        for number, ((old, _), (new, _)) in enumerate(zip(some.rules, others.rules, strict=True))
        for index, (one, two) in enumerate(zip(old.rules, new.rules, strict=True))
        if one is not two
    )
