"""The requirements of the desk, each with what goes wrong without it and the tests that show it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

ROOT: Final = Path(__file__).parents[2]
FILE: Final = Path(__file__).parent / "requirements.yaml"
Level = Literal["low", "medium", "high"]
Priority = Literal["low", "medium", "high"]
_LEVELS: Final[tuple[Level, ...]] = ("low", "medium", "high")


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Said(_Form):
    """A sentence in both languages."""

    en: str
    zh: str


class Risk(_Form):
    """What goes wrong where a requirement is not met, graded as GAMP 5 (appendix M3) does."""

    failure: Said
    severity: Level
    probability: Level
    detection: Level
    """How likely somebody notices before harm is done."""

    @property
    def priority(self) -> Priority:
        """Severity and probability make a class, class and detection the priority."""
        severity, probability, detection = (
            _LEVELS.index(one) for one in (self.severity, self.probability, self.detection)
        )
        risk_class = min(2, max(0, severity + probability - 1))
        return _LEVELS[min(2, max(0, risk_class + (1 - detection)))]


class Requirement(_Form):
    """What the desk has to do."""

    id: Annotated[str, Field(pattern=r"[A-Z]+-\d{2}")]
    says: Said
    source: str
    """Where it is asked for."""
    risk: Risk
    tests: tuple[str, ...] = ()
    """``path::function`` each."""
    measured: str = ""
    """The program that measures it, where that is no test."""
    open: str = ""
    """Why nothing, or not everything, shows it."""


def read_requirements(file: Path = FILE) -> tuple[Requirement, ...]:
    """Every requirement, in order. Raises: ValueError, where one is not of the form or stands twice."""
    found = tuple(Requirement.model_validate(one) for one in yaml.safe_load(file.read_text("utf-8")))
    ids = [one.id for one in found]
    if len(set(ids)) < len(ids):
        raise ValueError(f"{file}: an id stands twice")
    return found


def exists(test: str) -> bool:
    """Whether a test stands in its file."""
    path, _, name = test.partition("::")
    return name in _functions(ROOT / path)


@cache
def _functions(path: Path) -> frozenset[str]:
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef))
