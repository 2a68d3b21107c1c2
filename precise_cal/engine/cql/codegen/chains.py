"""The part of the generator that decides between cases."""

from __future__ import annotations

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.codegen.base import BaseGenerator
from precise_cal.engine.cql.codegen.entries import Entries, Reasoned, Some
from precise_cal.engine.cql.codegen.writer import Value


class ChainGenerator(BaseGenerator):
    """Writes `if … then … else`; a `case` is a chain of them."""

    def if_(self, typed: tree.If) -> Value:
        """A chain of conditions."""
        chain, last = chain_of(typed)
        result, is_open, writer = self.writer.name(), self.writer.name(), self.writer
        writer.line(f"{is_open} = True")
        for one in chain:
            with writer.block(f"if {is_open}:"), writer.block(f"if {self.value(one.condition).code} is True:"):
                writer.line(f"{result} = {self.value(one.yes).code}")
                writer.line(f"{is_open} = False")
        with writer.block(f"if {is_open}:"):
            writer.line(f"{result} = {self.value(last).code}")
        return Value(result)

    def reasoned_if(self, typed: tree.If, negated: bool) -> Reasoned:
        """A literal result is explained by its condition, any other one by itself.

        Where no condition holds and the last result is literal, those that could not be decided are its reasons; if
        none was, all of them. `path` numbers the case that was taken, and the conditions that could not be decided
        are counted.
        """
        chain, last = chain_of(typed)
        writer, result, path = self.writer, self.writer.name(), self.writer.name("p")
        choices: list[tuple[str | None, Entries]] = []
        conditions: list[tuple[str, Entries]] = []
        is_open = f"{path} == {len(chain)}"
        writer.line(f"{path} = {len(chain)}")
        for index, one in enumerate(chain):
            with writer.block(f"if {is_open}:"):
                if isinstance(last, tree.Constant):
                    condition = self._condition(one, negated)
                    conditions.append((condition.value.code, condition.entries))
                    code = condition.value.code
                else:
                    condition, code = None, self.quietly(one.condition).code
                with writer.block(f"if {code} is True:"):
                    yes = self.reasoned(one.yes, negated=negated)
                    if isinstance(one.yes, tree.Constant):
                        yes = Reasoned(yes.value, (condition or self._condition(one, negated)).entries)
                    writer.line(f"{result}, {path} = {yes.value.code}, {index}")
            choices.append((f"{path} == {index}", yes.entries))
        with writer.block(f"if {is_open}:"):
            otherwise = self.reasoned(last, negated=negated)
            writer.line(f"{result} = {otherwise.value.code}")
        choices.append((is_open, self._of_last(last, otherwise, conditions)))
        return Reasoned(Value(result), Some(tuple(choices)))

    def _condition(self, one: tree.If, negated: bool) -> Reasoned:
        denies = isinstance(one.yes, tree.Constant) and one.yes.value is False
        return self.reasoned(one.condition, negated=negated is not denies)

    def _of_last(self, last: tree.Tree, otherwise: Reasoned, conditions: list[tuple[str, Entries]]) -> Entries:
        if not isinstance(last, tree.Constant):
            return otherwise.entries
        any_open = " or ".join(f"{code} is None" for code, _ in conditions)
        return Some(tuple((f"{code} is None or not ({any_open})", entries) for code, entries in conditions))

    def together(self, first: Entries, found: Reasoned) -> Reasoned:
        """A value whose reasons follow others."""
        return Reasoned(found.value, Some(((None, first), (None, found.entries))))


def chain_of(typed: tree.If) -> tuple[list[tree.If], tree.Tree]:
    """The conditions of a chain with their results, and the result where none holds."""
    chain = [typed]
    while isinstance(chain[-1].no, tree.If):
        chain.append(chain[-1].no)
    return chain, chain[-1].no
