"""The desk as an application of Django."""

from __future__ import annotations

from django.apps import AppConfig


class Desk(AppConfig):
    """The one application."""

    name = "precise_cal.desk"
    label = "desk"

    def ready(self) -> None:
        """Give every connection the scope of its rows."""
        from django.db.backends.signals import connection_created

        from precise_cal.desk.store.scope import on_connected

        connection_created.connect(on_connected, dispatch_uid="scope")
