"""The desk as an application of Django."""

from __future__ import annotations

from django.apps import AppConfig


class Desk(AppConfig):
    """The one application."""

    name = "precise_cal.desk"
    label = "desk"

    def ready(self) -> None:
        """Give every connection the scope of its rows, and note its file."""
        from django.db.backends.signals import connection_created

        from precise_cal.desk.store import scope, turn

        connection_created.connect(scope.on_connected, dispatch_uid="scope")
        connection_created.connect(turn.on_connected, dispatch_uid="turn")
