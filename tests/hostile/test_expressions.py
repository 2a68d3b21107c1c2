"""Expressions that double, multiply or never end, at the limits as they are: seconds and memory of a process."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from .bounded import bounded

pytestmark = pytest.mark.slow
PROGRAM = """
import importlib.util, json, sys
from precise_cal.engine.cql.compile import compile_expression, explain
from precise_cal.engine.cql.errors import CqlError
from precise_cal.engine.cql.state import State
spec = importlib.util.spec_from_file_location("table", sys.argv[1])
table = importlib.util.module_from_spec(spec)
spec.loader.exec_module(table)
told = {}
for name, (environment, text, _) in table.UNBOUNDED.items():
    try:
        explain(compile_expression(environment, text), State())
        told[name] = "a value"
    except CqlError as error:
        told[name] = str(error)
print(json.dumps(told))
"""


def test_expressions_end_in_bounded_memory_and_time() -> None:
    table = Path(__file__).parents[1] / "engine" / "cql" / "test_budget.py"
    ended = bounded([sys.executable, "-c", PROGRAM, str(table)], megabytes=1_500, seconds=200)
    assert ended.status == 0, ended.err
    assert "a value" not in json.loads(ended.out).values()
    assert ended.megabytes < 400
