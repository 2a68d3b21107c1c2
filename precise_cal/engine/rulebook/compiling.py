"""What compiles the expressions of a trial's files in one edition, and notes every problem with its place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from precise_cal.engine.cql.compile import compile_definition, compile_expression
from precise_cal.engine.cql.environment import DefinitionSource, Environment, FunctionSource
from precise_cal.engine.cql.errors import CqlError, Origin
from precise_cal.engine.cql.types import STRING, ListType, Type
from precise_cal.engine.record_types import classes_of, record_type
from precise_cal.engine.rulebook.errors import Place
from precise_cal.engine.rulebook.naming import clashes
from precise_cal.engine.rulebook.parameter_tables import lookup
from precise_cal.engine.rulebook.parameters import as_tuples
from precise_cal.engine.rulebook.schedule import named_by_schedule
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from precise_cal.engine.cql.environment import Compiled
    from precise_cal.engine.rulebook.loaded import Loaded
    from precise_cal.engine.rulebook.parameters import Effective
    from precise_cal.engine.rulebook.yaml_source import Location, YamlFile


@dataclass(slots=True)
class Compiler:
    """Compiles expressions with the names that the files define, and the parameters of an edition."""

    loaded: Loaded
    utc_offset_minutes: int
    parameters: dict[str, Effective]
    problems: list[tuple[Place | None, str]] = field(default_factory=list)
    environment: Environment = field(init=False)
    variables: dict[str, str] = field(init=False)
    """The scope variable of each scope."""
    compiled: list[Compiled] = field(default_factory=list)
    """Every condition, those included that this edition has no use for."""
    named: set[str] = field(default_factory=set)
    """What rules name outside of conditions: scopes, frames, parameters."""

    def __post_init__(self) -> None:
        context = record_type(self.loaded.schema, self.utc_offset_minutes)
        self.named.update(named_by_schedule(self.loaded))
        self.problems += clashes(self.loaded, context)
        groups, classes = as_tuples(self.parameters), classes_of(context)
        self.environment = Environment(context, groups, classes=classes)
        self.variables = {scope.id: scope.variable for scope in self.loaded.protocol.scopes}
        definitions, functions = self._definitions()
        self.environment = Environment(context, groups, definitions, functions, self._scope_types(), classes)

    def entry(self, source: YamlFile, here: Location, for_each: str | None = None) -> EntryCompiler:
        """What compiles the expressions of an entry, which may name the item of a scope."""
        return EntryCompiler(self, source, here, self._variable(for_each, source, (*here, "for_each")))

    def compile(
        self,
        text: str,
        source: YamlFile,
        location: Location,
        expected: Type | None = None,
        scope: str | None = None,
        *,
        environment: Environment | None = None,
    ) -> Compiled | None:
        """An expression; None of one that is wrong, which is noted."""
        origin = _origin(source, location)
        try:
            compiled = compile_expression(
                environment or self.environment,
                text,
                expected=expected,
                scope=scope,
                source=origin.source,
                line=origin.line,
                column=origin.column,
                is_written=origin.is_written,
            )
        except CqlError as error:
            self._add(error)
            return None
        self.compiled.append(compiled)
        return compiled

    def used(self) -> frozenset[str]:
        """The definitions, parameters and scopes that rules name, directly or through others."""
        through = (name for one in self.compiled for name in (*one.definitions, *one.parameters))
        return frozenset((*self.named, *through))

    def check_definitions(self) -> None:
        """See that every definition can be compiled, those included that nothing uses."""
        for one in self.environment.definitions:
            try:
                compile_definition(self.environment, one.name)
            except CqlError as error:
                self._add(error)

    def _scope_types(self) -> dict[str, Type]:
        """The type of each scope variable: that of the items. Items may use neither definitions nor other scopes."""
        types: dict[str, Type] = {}
        for index, scope in enumerate(self.loaded.protocol.scopes):
            entry = EntryCompiler(self, self.loaded.source, ("scopes", index))
            items = entry.compile(scope.items, "items")
            if items is not None and isinstance(items.type, ListType):
                known = types.setdefault(scope.variable, items.type.element)
                if known != items.type.element:
                    entry.problem(
                        message(
                            '"{ $variable }" stands for a { $known } in another scope',
                            variable=scope.variable,
                            known=Verbatim(known),
                        ),
                        "variable",
                    )
                continue
            types[scope.variable] = STRING
            if items is not None:
                entry.problem(message("items should be a list, not { $type }", type=Verbatim(items.type)), "items")
        return types

    def _definitions(self) -> tuple[tuple[DefinitionSource, ...], tuple[FunctionSource, ...]]:
        definitions: list[DefinitionSource] = []
        functions: list[FunctionSource] = []
        for file, source in self.loaded.rules:
            for index, one in enumerate(file.definitions):
                origin = _origin(source, ("definitions", index, "as"))
                variable = self._variable(one.for_each, source, ("definitions", index, "for_each"))
                if one.operands:
                    operands = tuple(one.operands.items())
                    functions.append(FunctionSource(one.define, operands, one.as_, origin, variable))
                else:
                    definitions.append(DefinitionSource(one.define, one.as_, origin, variable))
        for index, table in enumerate(self.loaded.protocol.parameters):
            found = lookup(table, _origin(self.loaded.source, ("parameters", index, "lookup")))
            functions += [found] if found else []
        return tuple(definitions), tuple(functions)

    def _variable(self, scope: str | None, source: YamlFile, location: Location) -> str | None:
        if scope is None:
            return None
        self.named.add(scope)
        if scope not in self.variables:
            known = ", ".join(self.variables) or "none"
            self.problems.append(
                (
                    source.place(location),
                    message(
                        '"{ $scope }" is no scope of protocol.yaml; known: { $known }',
                        scope=scope,
                        known=Verbatim(known),
                    ),
                )
            )
        return self.variables.get(scope)

    def _add(self, error: CqlError) -> None:
        place = Place(error.source, error.line, error.column) if error.line else None
        if (place, error.message) not in self.problems:
            self.problems.append((place, error.message))


@dataclass(frozen=True, slots=True)
class EntryCompiler:
    """Compiles the expressions of an entry of a file: of its keys, by the steps that lead there."""

    compiler: Compiler
    source: YamlFile
    here: Location
    variable: str | None = None
    """The name of the item of a scope in its expressions."""

    def within(self, *steps: str | int) -> EntryCompiler:
        """The same for an entry below."""
        return replace(self, here=(*self.here, *steps))

    def compile(self, text: str | None, *steps: str | int, expected: Type | None = None) -> Compiled | None:
        """The expression at a key; None of one that is not there, or is wrong, which is noted."""
        if text is None:
            return None
        return self.compiler.compile(text, self.source, (*self.here, *steps), expected, self.variable)

    def problem(self, text: str, *steps: str | int) -> None:
        """Note what is wrong at a key."""
        self.compiler.problems.append((self.source.place((*self.here, *steps)), text))


def _origin(source: YamlFile, location: Location) -> Origin:
    place = source.place(location)
    return Origin(place.file, place.line, place.column, location in source.places)
