"""The desk as an application of Django."""

from __future__ import annotations

from django.apps import AppConfig


class Desk(AppConfig):
    """The one application."""

    name = "precise_cal.desk"
    label = "desk"
