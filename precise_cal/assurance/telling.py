"""The atoms of rules, and rules that tell how each atom was decided.

An atom is a Boolean leaf of a condition: a comparison, a null test, a Boolean field. The typed tree of every condition
is written again with a `Message` (CQL 9.13) around each atom; evaluated, it leaves the value of each atom that was
looked at in the state.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from precise_cal.assurance.retold import Retold, Writer
from precise_cal.engine.cql import tree
from precise_cal.engine.cql.operators import OPERATORS
from precise_cal.engine.cql.types import BOOLEAN, STRING
from precise_cal.engine.rulebook.errors import Place
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.rulebook.edition import ExecutableRule

SEVERITY: Final = "Atom"
"""The severity of the messages that atoms leave."""
_CONNECTIVES: Final = frozenset({"And", "Or", "Xor", "Implies", "Not", "IsTrue", "IsFalse"})
_PLAIN: Final = (tree.Property, tree.Call, tree.Is, tree.As)


@immutable()
class Atom:
    """A Boolean leaf: the rule or definition in which it stands, its place, and its text."""

    owner: str
    place: Place
    text: str

    @property
    def key(self) -> str:
        """What tells it apart: rules of a template stand at one place, and so does all that follows from an entry."""
        return f"{self.owner} {self.place} {self.text}"


class _Telling(Writer):
    """Puts a message around each atom."""

    told: Atoms

    def written(self, part: Any) -> Any:
        """An atom with its message; anything else with the atoms within it told."""
        if _is_negated_atom(part):
            return self._telling(part, replace(part, operands=(self.inside(part.operands[0]),)))
        return self._telling(part, self.inside(part)) if _is_atom(part) else self.inside(part)

    def _telling(self, node: tree.Tree, written: tree.Tree) -> tree.Tree:
        """`written`, whose value goes into a message; it is looked at once."""
        owner, code = self.at
        place = Place(code.origin.source, *code.origin.position(code.text, node.start))
        atom = self.told.add(Atom(owner, place, code.phrase(node.start, node.end)))

        def text(word: str) -> tree.Constant:
            return tree.Constant(STRING, node.start, node.end, word)

        value = tree.Variable(BOOLEAN, node.start, node.end, "atom", self.told.slot())
        known = tree.If(STRING, node.start, node.end, value, text("true"), text("false"))
        unknown = tree.Call(BOOLEAN, node.start, node.end, OPERATORS["IsNull"][0], (value,))
        word = tree.If(STRING, node.start, node.end, unknown, text("unknown"), known)
        always = tree.Constant(BOOLEAN, node.start, node.end, True)
        operands = (value, always, text(atom.key), text(SEVERITY), word)
        body = tree.Call(BOOLEAN, node.start, node.end, OPERATORS["Message"][0], operands)
        return tree.Let(BOOLEAN, node.start, node.end, ((value, written),), body)


class Atoms(Retold[Atom]):
    """The rules of an edition with their atoms."""

    writer = _Telling

    def reached(self, rule: ExecutableRule) -> Iterator[Atom]:
        """The atoms of a rule, and of the definitions that it names."""
        owners = self.owners(rule)
        yield from (one for one in self.known.values() if one.owner in owners)


def _is_atom(node: Any) -> bool:
    if not isinstance(node, _PLAIN) or node.type is not BOOLEAN:
        return False
    if not isinstance(node, tree.Call):
        return True
    return node.name not in _CONNECTIVES and not (node.name == "IsNull" and node.operands[0].type is BOOLEAN)


def _is_negated_atom(node: Any) -> bool:
    """Whether a node is an atom that is written with its negation, such as ``x is not null``."""
    if not isinstance(node, tree.Call) or node.name != "Not":
        return False
    inner = node.operands[0]
    return _is_atom(inner) and (inner.start, inner.end) == (node.start, node.end)
