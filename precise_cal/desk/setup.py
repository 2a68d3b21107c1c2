"""Django set up for a desk's folder, once in a process."""

from __future__ import annotations

import os
from importlib.util import find_spec

from precise_cal.desk.errors import DeskError
from precise_cal.desk.home import desk_folder

EXTRA = "the desk needs more packages: pip install 'precise-cal[desk]'"


def set_up() -> None:
    """Set Django up for ``$PRECISE_DESK_HOME``.

    Raises:
        DeskError: the extra is not installed, or there is no desk.
    """
    if find_spec("django") is None:
        raise DeskError(EXTRA)
    import django
    from django.apps import apps

    from precise_cal.desk.home import Place

    _ = Place(desk_folder()).config
    if not apps.ready:
        os.environ["DJANGO_SETTINGS_MODULE"] = "precise_cal.desk.settings"
        django.setup()
