"""Which address is which page."""

from __future__ import annotations

from typing import Final

from django.urls import path, register_converter
from django.urls.converters import IntConverter

from precise_cal.desk.web import gate, inspection, lists, log, participants, qfr, sessions, slips, users, versions


class _Event(IntConverter):
    """The number of an event: no database takes one of more digits."""

    regex = "[0-9]{1,18}"


register_converter(_Event, "event")

handler404: Final = "precise_cal.desk.web.errors.not_found"
handler500: Final = "precise_cal.desk.web.errors.fault"

urlpatterns: Final = [
    path("", sessions.home),
    path("healthz", sessions.health),
    path("login", sessions.sign_in),
    path("login/passkey", users.sign_in),
    path("logout", sessions.sign_out),
    path("welcome/<str:token>", sessions.welcome),
    path("language", sessions.choose_language),
    path("gate", gate.gate),
    path("gate/live", gate.live),
    path("gate/sign", gate.sign),
    path("gate/discard", gate.discard),
    path("decisions/<event:number>", slips.decision),
    path("allocations/<event:number>", slips.allocation),
    path("participants", participants.participants),
    path("deviations", participants.deviations),
    path("queries", participants.queries),
    path("qfr", qfr.qfr),
    path("log", log.log),
    path("log/<event:number>", inspection.event),
    path("inspection", inspection.inspection),
    path("log/leaves", log.leaves),
    path("log/bundle", log.bundle),
    path("log/stamps/<event:number>.<str:kind>", log.stamp),
    path("checkpoint", log.public_checkpoint),
    path("consistency", log.consistency),
    path("lists", lists.lists),
    path("lists/step", lists.step),
    path("lists/bundle", lists.bundle),
    path("lists/designs", lists.designs),
    path("lists/selection", lists.selection),
    path("lists/verify", lists.verify),
    path("versions", versions.versions),
    path("versions/release", versions.release),
    path("versions/<event:number>", versions.one),
    path("users", users.users),
    path("users/add", users.add_user),
    path("users/<str:name>/close", users.close),
    path("approvals", users.approvals),
    path("offline", sessions.offline),
    path("account", users.own),
    path("account/passkey", users.enroll),
]
