"""The error of the desk, and what is said of a form that does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.language.catalog import lines_of, placed
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.form_errors import form_problems

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError


class DeskError(PreciseError):
    """What was asked of the desk cannot be done; the message says why, and is shown to the user."""


class OtherSiteError(DeskError):
    """A user of a site asks about a participant or a record of another one."""


def form_error(model: type[BaseModel], data: object, error: ValidationError) -> DeskError:
    """Every problem of something that was typed, with its place."""
    problems = form_problems(model, data, error)
    return DeskError(lines_of(placed("/".join(map(str, path)), text) for path, text in problems))
