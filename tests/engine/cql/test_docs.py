"""docs/cql.md lists the operators that there are."""

import re
from pathlib import Path

from precise_cal.engine.cql.operators import FAMILIES

TEXT = (Path(__file__).parents[3] / "docs" / "cql.md").read_text(encoding="utf-8")


def test_every_operator_is_listed_once() -> None:
    listed = re.findall(r"^\| ([^|`]+) \| `(\w+)` \| ", TEXT, re.MULTILINE)
    known = {(family, overload.name) for family, overloads in FAMILIES.items() for overload in overloads}
    assert len(listed) == len(set(listed))
    assert set(listed) == known
