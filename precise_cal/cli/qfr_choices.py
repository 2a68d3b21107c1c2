"""From the options of ``precise qfr lumen`` to flow, reference and errors; a wrong one raises ``QfrError``."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Literal

from precise_cal.language.catalog import message
from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.lumen.analysis import Analysis, Settings
    from precise_cal.qfr.lumen.flow import Flow
    from precise_cal.qfr.lumen.lumen import Lumen
    from precise_cal.qfr.lumen.uncertainty import Errors

ALL: Final = "all"
LawName = Literal["murray", "huo-kassab", "finet"]


@dataclass(frozen=True, slots=True)
class FlowChoice:
    """Where the hyperemic velocity comes from: given, from contrast by velocity or by frames, or the fixed one."""

    velocity: float | None = None
    contrast_velocity: float | None = None
    frames: float | None = None
    frame_rate: float | None = None

    def flow(self, lumen: Lumen) -> Flow:
        """The flow in this lumen."""
        from precise_cal.qfr.lumen.flow import contrast_flow, contrast_velocity_flow, fixed_flow, given_flow

        counted = self.frames is not None or self.frame_rate is not None
        if (self.velocity is not None) + (self.contrast_velocity is not None) + counted > 1:
            raise QfrError("--velocity, --contrast-velocity and --frames exclude each other: give one of them")
        if self.velocity is not None:
            return given_flow(self.velocity)
        if self.contrast_velocity is not None:
            return contrast_velocity_flow(self.contrast_velocity)
        if not counted:
            return fixed_flow()
        if self.frames is None or self.frame_rate is None:
            raise QfrError("--frames and --frame-rate belong together: the velocity is length by frames times rate")
        return contrast_flow(lumen.length_mm, self.frames, self.frame_rate)


@dataclass(frozen=True, slots=True)
class ReferenceChoice:
    """What the user says about the healthy vessel, as written on the command line."""

    branches: Sequence[str] | None = None
    law: LawName = "huo-kassab"
    inlet_mm: float | None = None
    healthy: Sequence[str] | None = None

    def reference(self, lumen: Lumen) -> Array | None:
        """Reference diameters in mm, shape (n,); None where the user says nothing."""
        from precise_cal.qfr.lumen.reference import SideBranch, fit_taper, step_down

        if self.branches and self.healthy:
            raise QfrError("--branch and --healthy exclude each other: the reference steps down or is fitted")
        if self.inlet_mm is not None and not self.branches:
            raise QfrError(
                message(
                    "--inlet-diameter { $inlet_mm }: needs --branch, whose steps begin there",
                    inlet_mm=f"{self.inlet_mm:g}",
                )
            )
        if self.healthy:
            return fit_taper(lumen, tuple(pair(text, "--healthy", "START:END") for text in self.healthy))
        if self.branches:
            pairs = [pair(text, "--branch", "S_MM:DIAMETER_MM") for text in self.branches]
            return step_down(lumen, tuple(SideBranch(*each) for each in pairs), self.law, self.inlet_mm)
        return None


@dataclass(frozen=True, slots=True)
class Physics:
    """Model, fluid and pressure; the model ``all`` stands for the resolved one, with the others beside it."""

    aortic_pressure: float
    model: str
    flow_law: Literal["reference", "constant"]
    density: float
    viscosity: float

    @property
    def all_models(self) -> bool:
        """Whether every model is wanted."""
        return self.model == ALL

    def settings(self) -> Settings:
        """The settings of the analysis."""
        from precise_cal.qfr.lumen.analysis import Settings
        from precise_cal.qfr.lumen.models import RESOLVED, Fluid

        name = RESOLVED if self.all_models else self.model
        return Settings(self.aortic_pressure, name, self.flow_law, Fluid(self.density, self.viscosity))


@dataclass(frozen=True, slots=True)
class Certainty:
    """How the interval is sampled; ``sizes`` as written on the command line."""

    samples: int
    level: float
    seed: int
    sizes: Sequence[str] | None = None

    def errors(self) -> Errors:
        """The standard deviations, each the default where it is not named."""
        from precise_cal.qfr.lumen.uncertainty import Errors

        known = [field.name for field in fields(Errors)]
        given = {}
        for text in self.sizes or ():
            name, _, value = text.partition("=")
            if name not in known:
                raise QfrError(
                    message(
                        "--error { $text }: NAME=SD is wanted, NAME one of { $known }",
                        text=f"{text!r}",
                        known=", ".join(known),
                    )
                )
            given[name] = _number(value, message("--error { $text }", text=f"{text!r}"), "NAME=SD")
        return Errors(**given)

    def sampled(self, found: Analysis) -> Analysis:
        """The analysis with its interval, or as it is where no samples are wanted."""
        from precise_cal.qfr.lumen.uncertainty import with_interval

        return found if self.samples == 0 else with_interval(found, self.errors(), self.samples, self.level, self.seed)

    def check(self) -> None:
        """Raise QfrError where the numbers cannot be used, before anything is computed."""
        from precise_cal.qfr.lumen.uncertainty import check_sampling

        self.errors()
        if self.samples != 0:
            check_sampling(self.samples, self.level)


@dataclass(frozen=True, slots=True)
class Question:
    """All that decides the numbers."""

    file: Path
    flow: FlowChoice
    reference: ReferenceChoice
    physics: Physics
    certainty: Certainty
    treat: Sequence[int] = ()


def treated(found: Analysis, numbers: Sequence[int]) -> Analysis:
    """The analysis with the lesions of these numbers, from 1, opened to the reference."""
    from precise_cal.qfr.lumen.analysis import treat

    opened = found
    for number in numbers:
        if not 1 <= number <= len(found.lesions):
            wanted = (
                message("a number from 1 to { $count } is wanted", count=len(found.lesions))
                if found.lesions
                else "the vessel has no lesion"
            )
            raise QfrError(message("--treat { $number }: { $wanted }", number=number, wanted=wanted))
        opened = treat(opened, found.lesions[number - 1])
    return opened


def pair(text: str, option: str, form: str) -> tuple[float, float]:
    """Two numbers with a colon between them."""
    first, _, second = text.partition(":")
    place = f"{option} {text!r}"
    return _number(first, place, form), _number(second, place, form)


def _number(text: str, place: str, form: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise QfrError(
            message(
                "{ $place }: { $text } is not a finite number; { $form } is wanted",
                place=place,
                text=f"{text!r}",
                form=form,
            )
        )
    return value
