"""The application that a web server calls."""

from __future__ import annotations

from django.core.wsgi import get_wsgi_application

from precise_cal.desk.setup import set_up

set_up()
application = get_wsgi_application()
