"""The libraries that only cohorts need, imported when they are used."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from precise_cal.cohort.errors import CohortError
from precise_cal.language.catalog import Verbatim, message

_EXTRAS: Final = {
    "duckdb": "cohort",
    "pyarrow": "cohort",
    "pyarrow.parquet": "cohort",
    "pyarrow.compute": "cohort",
    "pyspark.sql": "spark",
}


def extra(module: str) -> Any:
    """The module of an optional dependency.

    Raises:
        CohortError: it is not installed; the text names the extra that brings it.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".", maxsplit=1)[0]:
            raise
        name = _EXTRAS[module]
        text = message(
            "{ $split } is not installed; cohorts need it: pip install 'precise-cal[{ $name }]'",
            split=module.split(".", maxsplit=1)[0],
            name=Verbatim(name),
        )
        raise CohortError(text) from None
