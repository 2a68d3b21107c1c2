"""The desk as processes: a web server with workers, and the sealer beside it unless it runs as a user of its own."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

from precise_cal.desk.beside import sealer_beside
from precise_cal.desk.init import begin, migrate
from precise_cal.desk.setup import set_up

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.desk.home import Place
    from precise_cal.language.catalog import Text


def run(
    place: Place, *, port: int, tls: tuple[Path, Path] | None, behind_proxy: bool, warn: Callable[[Text], None]
) -> None:
    """Serve until the process is ended.

    Args:
        place: the desk.
        port: of the server.
        tls: certificate and key; without them the loopback address alone is served.
        behind_proxy: whether a proxy on this machine speaks TLS.
        warn: tells whoever starts it what in the database is not as the log enrolled it.

    Raises:
        DeskError: the sealer does not start.
    """
    os.environ["PRECISE_DESK_SECURE"] = "1" if tls or behind_proxy else "0"
    os.environ["PRECISE_DESK_PROXY"] = "1" if behind_proxy else "0"
    set_up()
    from precise_cal.desk.accounts import enroll_earlier
    from precise_cal.desk.failures import tell_failures

    migrate()
    begin(place)
    enroll_earlier()
    tell_failures()
    for one in _altered():
        warn(one)
    if os.environ.get("PRECISE_SEALER_SOCKET"):
        _serve(place, port, tls)
        return
    with sealer_beside(place):
        _serve(place, port, tls)


def _altered() -> list[Text]:
    """Accounts and passkeys that are not those of the log: an event, where there are any."""
    from precise_cal.desk.accounts import altered
    from precise_cal.desk.store.log import SYSTEM, add

    found = altered()
    if found:
        add("accounts.altered", {"problems": [str(one) for one in found]}, SYSTEM)
    return found


def _serve(place: Place, port: int, tls: tuple[Path, Path] | None) -> None:
    from django.db import connections

    from precise_cal.desk.gating import recover
    from precise_cal.desk.serving import serve
    from precise_cal.desk.store.lent import lent
    from precise_cal.desk.store.log import SYSTEM
    from precise_cal.desk.trial import trial_of
    from precise_cal.desk.web.wsgi import application

    trial = trial_of(place.config)
    recover(place, trial, SYSTEM)
    trial.warm()
    connections.close_all()
    gc.collect()
    gc.freeze()  # workers share what is there, and need not look through it for garbage
    host = "0.0.0.0" if tls else "127.0.0.1"  # noqa: S104 - with TLS alone
    serve(application, f"{host}:{port}", tls=(str(tls[0]), str(tls[1])) if tls else None, answering=lent)
