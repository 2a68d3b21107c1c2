"""The form of ``simulate.yaml``: how the participants of a trial are drawn."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

FILE: Final = "simulate.yaml"
"""The file of a trial folder that holds a plan."""
Share = Annotated[float, Field(ge=0, le=1)]
Weights = Annotated[dict[str, Annotated[float, Field(ge=0)]], Field(min_length=1)]
Unit = Literal["minutes", "hours", "days", "weeks", "months", "years"]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Spread(_Entry):
    """How the values of a field are drawn; a field without one is drawn from what its type and the rules say."""

    weights: Weights | None = Field(None, description="words, and how often each is drawn against the others")
    mean: float | None = Field(None, description="of a normal distribution, with `sd`")
    sd: Annotated[float, Field(gt=0)] | None = None
    from_: float | None = Field(None, alias="from", description="the least number")
    to: float | None = Field(None, description="the greatest number")
    decimals: Annotated[int, Field(ge=0, le=8)] = Field(0, description="of a number")
    unit: str | None = Field(None, description="the UCUM unit of a quantity, where its kind names none")
    after: str | None = Field(None, description="a moment: the field after which it comes; before, by negative numbers")
    times: Unit = Field("days", description="the unit of `from` and `to` after that field")
    items: tuple[int, int] | None = Field(None, description="a list: the least and the greatest number of its items")
    each: list[str] = Field([], description="a list: one item for each of these words, in the field `of`")
    of: str | None = Field(None, description="the field of its items that holds the words of `each`")
    known: Share = Field(1, description="the share of records in which it is known")

    @model_validator(mode="after")
    def _complete(self) -> Spread:
        if (self.mean is None) != (self.sd is None):
            raise ValueError("`mean` and `sd` belong together")
        if (self.from_ is None) != (self.to is None) and self.mean is None:
            raise ValueError("`from` and `to` belong together")
        if bool(self.each) != (self.of is not None):
            raise ValueError("`each` and `of` belong together")
        return self


class Shares(_Entry):
    """What becomes of participants; the rest is allowed, and not yet enrolled."""

    enrolled: Share = 0.6
    refused: Share = 0.2
    incomplete: Share = 0.1

    @model_validator(mode="after")
    def _sum(self) -> Shares:
        if self.enrolled + self.refused + self.incomplete > 1:
            raise ValueError("these shares are more than 1 together")
        return self


class Plan(_Entry):
    """``simulate.yaml``. Every key may be left out."""

    plan: str | None = Field(None, description="a plan that is code, in precise_cal/simulate/plans")
    settings: dict[str, Any] = Field({}, description="what such a plan takes")
    first_day: datetime.date | None = Field(None, description="of enrollment; without it, when the parameters hold")
    days: Annotated[int, Field(ge=1, le=10_000)] = Field(180, description="of enrollment")
    cutoff: AwareDatetime | None = Field(None, description="what happens later is not known; else two years after")
    sites: Weights = Field({"S01": 4, "S02": 3, "S03": 2, "S04": 1}, description="sites, and their weights")
    shares: Shares = Shares()
    verdicts: dict[str, dict[str, Share]] = Field(
        {}, description="by rule and verdict: the share of those participants who could have it that have it"
    )
    values: dict[str, Spread] = Field({}, description="how fields are drawn, by path, such as `vitals.weight`")


def plan_schema() -> dict[str, Any]:
    """The JSON Schema of ``simulate.yaml``."""
    schema = Plan.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "How participants are drawn"}
