"""Rules out: the criteria of a trial as other systems read them, FHIR R5 and USDM v4."""

from __future__ import annotations

from precise_cal.exchange.publish.fhir import as_fhir
from precise_cal.exchange.publish.usdm import as_usdm

__all__ = ["as_fhir", "as_usdm"]
