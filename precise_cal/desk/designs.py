"""Designs of randomization compared at the desk, by the simulation of `precise lists compare`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml
from pydantic import ValidationError

from precise_cal.desk.errors import DeskError, form_error
from precise_cal.language.catalog import message
from precise_cal.randomization.compare import compare
from precise_cal.randomization.question import Question

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from precise_cal.randomization.compare import AnyDesign, Comparison

MOST: Final = 100_000
"""Participants that are simulated for one answer, over all trials and designs: more would keep the page for minutes."""
NUMBERS: Final = (("participants", 656), ("sites", 12), ("trials", 20), ("seed", 1))
"""What is asked beside the designs, as it stands there at first."""


@dataclass(frozen=True, slots=True)
class Row:
    """A design with what the simulation gave."""

    design: AnyDesign
    found: Comparison


def first_designs(arms: Sequence[str]) -> str:
    """Designs to begin with, for arms of equal shares, as YAML; big stick only where there are two."""
    count, ratio = len(arms), dict.fromkeys(arms, 1)
    blocks: list[dict[str, Any]] = [
        {"design": "permuted_blocks", "ratio": ratio, "sizes": [count * times for times in sizes]}
        for sizes in ((2,), (2, 3), (2, 3, 4))
    ]
    stick: list[dict[str, Any]] = [{"design": "big_stick", "ratio": ratio, "tolerance": 3}] if count == 2 else []
    rows = [*blocks, *stick, {"design": "simple", "ratio": ratio}]
    return "".join(
        f"- {yaml.safe_dump(one, default_flow_style=True, sort_keys=False, allow_unicode=True, width=1000)}"
        for one in rows
    )


def compared(typed: Mapping[str, str], designs: object) -> list[Row]:
    """The figures of each design, as `precise lists compare` gives them.

    Args:
        typed: participants, sites, trials and seed, as text.
        designs: as read from YAML.

    Raises:
        DeskError: something is no number, no design fits, or it is more than the page simulates.
    """
    numbers = {name: _number(name, typed[name]) for name, _ in NUMBERS}
    seed = numbers.pop("seed")
    asked: dict[str, object] = {**numbers, "designs": designs}
    try:
        question = Question.model_validate(asked)
    except ValidationError as error:
        raise form_error(Question, asked, error) from None
    count = question.participants * question.trials * len(question.designs)
    if count > MOST:
        raise DeskError(
            message(
                "{ $count } simulated participants are more than a page does ({ $most }): take fewer trials, or "
                "precise lists compare.",
                count=count,
                most=MOST,
            )
        )
    size = {"participants": question.participants, "sites": question.sites, "trials": question.trials}
    return [Row(one, compare(one, **size, seed=seed)) for one in question.designs]


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise DeskError(message('{ $name }: "{ $text }" should be a whole number', name=name, text=text))
    return int(text)
