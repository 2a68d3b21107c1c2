"""The form of ``submission`` in ``report.yaml``: which fields of the record feed which SDTM variables."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from precise_cal.engine.rulebook.entry import Cql, Entry, Id, Name, Path, Words

Dataset = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{0,7}$")]
Device = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9_-]{0,19}$")]


class CollectedEntry(Entry):
    """Rows of a dataset: one for each participant, or for each item that a path leads to."""

    each: Path | None = Field(
        default=None, description="the list or part that makes a row; one within lists, each item"
    )
    when: Cql | None = Field(default=None, description="a row is written only where this is true")
    variables: dict[Variable, Cql] = Field(
        description="the value of each variable; what is left out and follows from the others is added"
    )


class SubmissionEntry(Entry):
    """What datasets take from the record, beside what follows from its roles, its visits and the rules."""

    terms: dict[Name, dict[str, Words]] = Field(
        default={},
        description="functions from a word of the record to a term of a list; `else` for any other and for none",
    )
    domains: dict[Dataset, list[CollectedEntry]] = Field(
        default={}, description="the rows of each dataset of SDTM; DM adds to what follows from the roles"
    )
    device_ids: dict[Device, dict[Variable, Words]] = Field(
        default={}, description="SDTM DI: by sponsor device identifier, its parameters and their values"
    )
    linked: list[Annotated[list[Dataset], Field(min_length=2, max_length=2)]] = Field(
        default=[], description="pairs of datasets whose rows with the same --SPID are of one thing, for RELREC"
    )
    time_to_event: list[Id] | None = Field(
        default=None, description="the outcomes of ADaM ADTTE; without it, those that reports count by arm"
    )
