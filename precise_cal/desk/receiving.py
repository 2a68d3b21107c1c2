"""Records that are given to the desk from elsewhere, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.desk.models import Record
from precise_cal.desk.store.decisions import receive_record
from precise_cal.desk.store.log import Actor
from precise_cal.protocol.identifiers import skeleton

if TYPE_CHECKING:
    from precise_cal.desk.trial import Trial


def receive(trial: Trial, data: bytes) -> bool:
    """Keep the latest record of a participant.

    Returns:
        Whether it is another one than before.

    Raises:
        RecordError: it is not valid.
    """
    request = trial.request(data)
    before = Record.objects.filter(pk=skeleton(request.subject_id)).values_list("content_id", flat=True).first()
    actor = Actor("command line", None, None, "operating system")
    row = receive_record(data, request.subject_id, request.site_id, actor)
    return bool(row.content_id != before)
