"""What the checks of one text work on: the names that hold in it, and what was used so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.budget import MAX_NODES, MAX_TYPE
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from precise_cal.engine.cql.environment import Environment
    from precise_cal.engine.cql.errors import Code, CqlError
    from precise_cal.engine.cql.syntax import Node
    from precise_cal.engine.cql.types import Type

    Checks = Mapping[type[Node], Callable[["CheckContext", Any], tree.Tree]]

FIRST_SLOT: Final = 3
"""A frame begins with the state, the record and the trace."""


@dataclass(slots=True)
class Shared:
    """What the checks of an expression and of the functions within it have in common."""

    parameters: set[str] = field(default_factory=set)
    definitions: set[str] = field(default_factory=set)
    slots: int = 0
    nodes: int = 0
    path: list[str] = field(default_factory=list)
    """The functions that are being inlined."""


class CheckContext:
    """The checks of one text.

    Args:
        checks: for each kind of node, what makes its typed tree.
        environment: the names that an expression may use.
        code: the text.
        scope: the scope variable that it may use.
        shared: of a function, what it has in common with the expression that calls it.
        defining: the definitions that are being checked, each named by the one before.
    """

    def __init__(
        self,
        checks: Checks,
        environment: Environment,
        code: Code,
        scope: str | None,
        *,
        shared: Shared | None = None,
        defining: tuple[str, ...] = (),
    ) -> None:
        self.checks = checks
        self.environment = environment
        self.code = code
        self.scope = scope
        self.shared = shared or Shared()
        self.defining = defining
        self.variables: dict[str, tree.Tree] = {}
        self.implicit: tree.Variable | None = None
        """The element of a query whose properties a `sort by` sees as bare names."""

    def typed(self, node: Node) -> tree.Tree:
        """The typed tree of a node. Raises `CqlError` where a name or type does not fit."""
        found = self.checks[type(node)](self, node)
        self.count(node, found.type)
        return found

    def of_function(self, code: Code, scope: str | None) -> CheckContext:
        """The checks of a function that is called here."""
        return CheckContext(self.checks, self.environment, code, scope, shared=self.shared, defining=self.defining)

    def of_definition(self, code: Code, scope: str | None, name: str) -> CheckContext:
        """The checks of a definition that is named here."""
        return CheckContext(self.checks, self.environment, code, scope, defining=(*self.defining, name))

    def error(self, message: str, node: Node | tree.Tree, construct: str | None = None) -> CqlError:
        """The error at a node."""
        return self.code.error(message, node.start, construct)

    def unsupported(self, construct: str, node: Node) -> CqlError:
        """The refusal of what the rule language leaves out."""
        return self.error(
            message("{ $construct } is not supported by the rule language", construct=construct), node, construct
        )

    def count(self, node: Node, kind: Type) -> None:
        """Count one node. Raises `CqlError` where it, or its type, makes the expression too large."""
        if kind.size > MAX_TYPE:
            raise self.error(
                message("the type of this value has more than { $max_type } parts", max_type=f"{MAX_TYPE:,}"), node
            )
        self.shared.nodes += 1
        if self.shared.nodes > MAX_NODES:
            text = message(
                "the expression has more than { $max_nodes } parts, those of the functions that it calls included",
                max_nodes=f"{MAX_NODES:,}",
            )
            raise self.error(text, node)

    def variable(self, name: str, kind: Type, node: Node) -> tree.Variable:
        """A new variable, in a slot of its own."""
        slot = FIRST_SLOT + self.shared.slots
        self.shared.slots += 1
        return tree.Variable(kind, node.start, node.end, name, slot)
