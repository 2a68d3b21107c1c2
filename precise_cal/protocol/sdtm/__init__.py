"""What SDTMIG 3.4, SDTMIG-MD 1.1 and CDISC controlled terminology say of the datasets that trials are written as."""

from __future__ import annotations

from precise_cal.protocol.sdtm.standard import (
    GUIDES,
    TERMINOLOGY,
    Codelist,
    StandardDataset,
    StandardVariable,
    codelists,
    datasets,
    test_of,
)

__all__ = [
    "GUIDES",
    "TERMINOLOGY",
    "Codelist",
    "StandardDataset",
    "StandardVariable",
    "codelists",
    "datasets",
    "test_of",
]
