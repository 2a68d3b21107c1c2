"""One participant of a cohort, as a record again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.cohort.errors import CohortError
from precise_cal.cohort.extras import extra
from precise_cal.cohort.layout.tables import KEY, PARTICIPANTS, role_column
from precise_cal.cohort.transfer.exporting import as_line, documents
from precise_cal.language.catalog import Verbatim, message, placed

if TYPE_CHECKING:
    from precise_cal.cohort.layout.dataset import Cohort


def find_record(cohort: Cohort, subject: str, site: str | None = None) -> bytes:
    """The record of a participant, as JSON.

    Args:
        cohort: where to look.
        subject: the participant's study number.
        site: the site; needed where several have this number.

    Raises:
        CohortError: nobody has this number, or several have it.
    """
    parquet = extra("pyarrow.parquet")
    name, place = role_column(cohort.schema, "participant"), role_column(cohort.schema, "site")
    if site is not None and place is None:
        raise CohortError(message("{ $folder }: --site: the records of this trial name no site", folder=cohort.folder))
    found = []
    for part in cohort.parts:
        (path,) = cohort.files(PARTICIPANTS, [part])
        filters = [(name, "=", subject), *([(place, "=", site)] if site is not None else [])]
        columns = [KEY, *([place] if place else [])]
        rows = parquet.read_table(path, columns=columns, filters=filters, partitioning=None).to_pylist()
        found += [(part, row) for row in rows]
    if not found:
        none = message("no participant { $subject }", subject=Verbatim(subject))
        at = message(" at site { $site }", site=Verbatim(site)) if site else ""
        raise CohortError(placed(cohort.folder, none + at))
    if len(found) > 1:
        sites = ", ".join(str(row.get(place)) for _, row in found)
        raise CohortError(
            message(
                "{ $folder }: { $subject } stands at several sites: { $sites }; name one with --site",
                folder=cohort.folder,
                subject=Verbatim(subject),
                sites=Verbatim(sites),
            )
        )
    part, row = found[0]
    return as_line(next(documents(cohort, [part], [row[KEY]])))
