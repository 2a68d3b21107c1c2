"""The rule language: HL7 CQL 1.5, the expression part of it, typed and three-valued.

`Environment.compile` reads, checks and compiles an expression; `Compiled.evaluate` gives its value for a `State`.
"""

from precise_cal.engine.cql.environment import Compiled, DefinitionSource, Environment, FunctionSource
from precise_cal.engine.cql.errors import CqlError, EvaluationError, Origin
from precise_cal.engine.cql.state import AtomEntry, AtomInfo, Read, State
from precise_cal.engine.cql.types import (
    ANY,
    BOOLEAN,
    DATE,
    DATE_TIME,
    DECIMAL,
    INTEGER,
    LONG,
    QUANTITY,
    RATIO,
    STRING,
    TIME,
    ChoiceType,
    ClassType,
    Element,
    IntervalType,
    ListType,
    StringType,
    TupleType,
    Type,
)
from precise_cal.engine.cql.values import Interval, Long, Ratio, Tuple, Uncertainty

__all__ = [
    "ANY", "BOOLEAN", "DATE", "DATE_TIME", "DECIMAL", "INTEGER", "LONG", "QUANTITY", "RATIO", "STRING", "TIME",
    "AtomEntry", "AtomInfo", "ChoiceType", "ClassType", "Compiled", "CqlError", "DefinitionSource", "Element",
    "Environment", "EvaluationError", "FunctionSource", "Interval", "IntervalType", "ListType", "Long", "Origin",
    "Ratio", "Read", "State", "StringType", "Tuple", "TupleType", "Type", "Uncertainty",
]  # fmt: skip
