"""The form of ``simulate.yaml``: how the participants of a trial are drawn."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

FILE = "simulate.yaml"
"""The file of a trial folder that holds a plan."""


class Plan(BaseModel):
    """``simulate.yaml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan: str | None = Field(None, description="a plan that is code, in precise_cal/simulate/plans")
    settings: dict[str, Any] = Field({}, description="what such a plan takes")
