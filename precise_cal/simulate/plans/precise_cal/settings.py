"""What the plan of PRECISE CAL takes from ``simulate.yaml``: rates, weights and times."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from random import Random

Share = Annotated[float, Field(ge=0, le=1)]
Weights = Annotated[dict[str, Annotated[float, Field(ge=0)]], Field(min_length=1)]
"""Words, and how often each is drawn against the others."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Normal(_Entry):
    """A normal distribution, cut off at both ends."""

    mean: float
    sd: Annotated[float, Field(gt=0)]
    least: float
    most: float

    def draw(self, chance: Random) -> float:
        """A number of the distribution."""
        return min(self.most, max(self.least, chance.gauss(self.mean, self.sd)))


class Site(_Entry):
    """A site."""

    share: float = Field(description="of the participants, against the other sites")
    departs: float = Field(description="how often the protocol is departed from, against the mean")


class Screening(_Entry):
    """Who is not randomized."""

    failed: Share
    reasons: Weights = Field(description="why: the departure that a randomized participant would show")


class Participants(_Entry):
    """Participants as screening finds them."""

    male: Share
    years: Normal
    month_of_birth_only: Share
    consent_days_before: Weights = Field(description="days from consent to the procedure")
    presentation: Weights
    egfr: Normal
    restenosis_elsewhere: Share
    vessel: Weights
    two_lesions: Share
    severe: Share = Field(description="of lesions, severely calcified; the others moderately")
    arc_measured: Share
    diameter: Normal
    method: Weights
    stenosis: Normal


class Assay(_Entry):
    """A cardiac marker, with the limits of normal of women and men."""

    unit: str
    women: str
    men: str


class Procedure(_Entry):
    """The index procedure and the stay."""

    tool: Weights
    balloon_after: Share
    dissection_after_modification: Weights
    dissection_after_device: Weights
    qfr: Normal
    qfr_month_12: Normal
    flow_limiting: Share = Field(description="of lesions treated with the balloon; each then gets the prescribed stent")
    nights: Weights
    slow_flow: Share
    perforation: Share
    side_branch: Share
    side_branch_lost: Share
    second_assay: Share
    assays: Annotated[dict[str, Assay], Field(min_length=2, max_length=2)]


class Visit(_Entry):
    """A contact, in days from the procedure."""

    day: float
    spread: float
    mode: str
    window: tuple[int, int] = Field(description="the first and the last day: what the rules assume")
    refused: Share


class Settings(_Entry):
    """All of it. Shares are plausible, not estimated from any data."""

    first_day: datetime.date
    enrollment_days: Annotated[int, Field(ge=1)]
    cutoff: AwareDatetime
    second_form_from: datetime.date = Field(description="when the second consent form came into force")
    sites: Annotated[dict[str, Site], Field(min_length=1)]
    blocks: Annotated[list[int], Field(min_length=1)]
    every_code_from: int = Field(description="randomized participants from which every departure occurs at least once")
    screening: Screening
    participants: Participants
    procedure: Procedure
    visits: dict[str, Visit]
    endings: dict[str, Share] = Field(description="ends of participation within a year of the procedure")
    events: dict[str, Share] = Field(description="events within a year of the procedure")
    departures: dict[str, Share] = Field(description="by the deviation that follows, of randomized participants")
    mistakes: Annotated[list[dict[str, Share]], Field(min_length=2, max_length=2)] = Field(
        description="mistakes of entry, by analyst, of that analyst's participants"
    )


def drawn(weights: Weights, chance: Random) -> str:
    """One of the words."""
    return chance.choices(tuple(weights), tuple(weights.values()))[0]
