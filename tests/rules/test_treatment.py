"""Every combination of arm, balloon, stent, reason and flow, against verdicts that are worked out in another way.

What is unknown is replaced by everything that it may be. Where all of that has one verdict, the rules may say it or
that they cannot tell; where it has several, they must not decide. What is known has exactly one.
"""

from __future__ import annotations

import copy
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from precise_cal.protocol.report import Subject

DAY, JUNE = "2026-03-10T", "2026-06-13T15:00:00+08:00"
EARLY, LATE = f"{DAY}10:14:00+08:00", f"{DAY}10:29:00+08:00"
BALLOON, ANGIOGRAM = f"{DAY}10:18:00+08:00", f"{DAY}10:24:00+08:00"
TIMES = (EARLY, LATE, JUNE)
KINDS = ("DCB", "DES", "BMS", "other")


class Used(NamedTuple):
    """A device: its kind and time, None where they are not known, and whether it has a reason."""

    kind: str | None
    at: str | None
    has_reason: bool = False


class Combination(NamedTuple):
    """What a lesion was treated with, and the dissection and flow seen after the balloon; None without an angiogram."""

    arm: str
    devices: tuple[Used, ...]
    seen: tuple[str, int | None] | None


def _completions(one: Combination) -> Iterator[Combination]:
    """Everything that a combination may mean."""
    devices = [
        [Used(kind, at, device.has_reason) for kind in _either(device.kind, KINDS) for at in _either(device.at, TIMES)]
        for device in one.devices
    ]
    seen = [one.seen] if one.seen is None else [(one.seen[0], timi) for timi in _either(one.seen[1], (1, 3))]
    for chosen, view in product(product(*devices), seen):
        yield Combination(one.arm, chosen, view)


def _either(value: Any, possible: tuple[Any, ...]) -> tuple[Any, ...]:
    return possible if value is None else (value,)


def _treatment(one: Combination) -> tuple[str, str]:
    """The verdicts of ARM-1 and BAILOUT-1 where all is known."""
    index = [device for device in one.devices if device.at != JUNE]
    kinds = {device.kind for device in index}
    limits = one.seen is not None and one.seen[0] != "none" and one.seen[1] == 1 and "DCB" in kinds
    answers = [device for device in index if device.kind == "DES" and limits and str(device.at) > ANGIOGRAM]
    return _arm(one, index, kinds, answers), _bailout(one, kinds, limits=limits, answered=bool(answers))


def _arm(one: Combination, index: list[Used], kinds: set[str | None], answers: list[Used]) -> str:
    if not index or (one.arm == "DES" and ("DES" not in kinds or "DCB" in kinds)):
        return "DEVIATION"
    if one.arm == "DES":
        return "COMPLIANT"
    if one.seen is None and "DES" in kinds and "DCB" in kinds:
        return "unknown"
    crossed = [device for device in index if device.kind == "DES" and device not in answers]
    other = [device for device in index if device.kind != "DCB"]
    if "DCB" not in kinds and not any(device.has_reason for device in other):
        return "DEVIATION"
    if not all(device.has_reason for device in crossed):
        return "DEVIATION"
    return "REVIEW" if crossed or "DCB" not in kinds or "BMS" in kinds else "COMPLIANT"


def _bailout(one: Combination, kinds: set[str | None], *, limits: bool, answered: bool) -> str:
    if one.arm == "DES":
        return "NOT_APPLICABLE"
    if one.seen is None:
        return "unknown" if "DCB" in kinds else "NOT_APPLICABLE"
    if limits:
        return "COMPLIANT" if answered else "DEVIATION"
    return "REVIEW" if one.seen == ("F", 3) else "NOT_APPLICABLE"


BALLOONS: tuple[tuple[Used, ...], ...] = ((), (Used("DCB", BALLOON),), (Used("DCB", None),), (Used("DCB", JUNE),))
STENTS: tuple[tuple[Used, ...], ...] = ((), *[
    (Used(kind, at, has_reason),)
    for kind in ("DES", "BMS", None)
    for at in (EARLY, LATE, JUNE, None)
    for has_reason in (False, True)
])  # fmt: skip
VIEWS = (("none", 3), ("B", 3), ("D", 1), ("F", 3), ("D", None), ("none", 1), None)
COMBINATIONS = [
    Combination(arm, (*balloon, *stent), seen)
    for arm, balloon, stent, seen in product(("DCB", "DES"), BALLOONS, STENTS, VIEWS)
]


def _record(one: Combination, complete: dict[str, Any]) -> dict[str, Any]:
    document = copy.deepcopy(complete)
    document["randomization"]["arm"] = one.arm
    document["lesions"][0]["devices"] = [
        {
            "type": device.kind,
            "role": "additional",
            "at": device.at,
            "reason": "a reason" if device.has_reason else None,
        }
        for device in one.devices
    ]
    views = (
        []
        if one.seen is None
        else [{"phase": "after_dcb", "at": ANGIOGRAM, "dissection": one.seen[0], "timi": one.seen[1]}]
    )
    document["lesions"][0]["assessments"] = views
    return document


DEVIATIONS = {"DV-TRT-01", "DV-TRT-02", "DV-TRT-03", "DV-TRT-04"}


@pytest.mark.parametrize("arm", ["DCB", "DES"])
def test_every_combination(arm: str, complete: dict[str, Any], judge: Callable[[Any], Subject]) -> None:
    decided = 0
    for one in COMBINATIONS:
        if one.arm != arm:
            continue
        subject = judge(_record(one, complete))
        verdicts = {verdict.id: verdict.verdict for verdict in subject.verdicts}
        codes = {deviation.code for deviation in subject.deviations} & DEVIATIONS
        possible = [_treatment(completion) for completion in _completions(one)]
        for rule, words in zip(("ARM-1", "BAILOUT-1"), map(set, zip(*possible, strict=True)), strict=True):
            unsure = {"CANNOT_ASSESS"} if len(possible) > 1 or "unknown" in words else set()
            definite = words if len(words) == 1 else set()
            assert verdicts[rule] in unsure | (definite - {"unknown"}), (rule, one, words)
            decided += verdicts[rule] != "CANNOT_ASSESS"
        assert ("DV-TRT-01" in codes) == (verdicts["ARM-1"] == "DEVIATION"), one
        assert ("DV-TRT-02" in codes) == (verdicts["BAILOUT-1"] == "DEVIATION"), one
        assert "DV-TRT-04" not in codes, one
    assert decided > 500
