"""A browser for the tests of the desk: its server, users signed in, and what is wrong with how a page stands there."""

from __future__ import annotations

import re
import shutil
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.desk.conftest import Desk

CHROMIUM = shutil.which("chromium")


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


class _Threads(WSGIServer):
    """Answers each request in a thread of its own."""

    request_queue_size = 64

    def process_request(self, request: Any, client_address: Any) -> None:
        threading.Thread(target=self._answer, args=(request, client_address), daemon=True).start()

    def _answer(self, request: Any, client_address: Any) -> None:
        try:
            self.finish_request(request, client_address)
        finally:
            self.shutdown_request(request)


def _answered(environ: Any, start: Any) -> list[bytes]:
    """The answer, sent when its connection to the database is closed: a test may put another one in its place."""
    from django.db import connections

    from precise_cal.desk.web.wsgi import application

    answer: Any = application(environ, start)
    try:
        return [*answer]
    finally:
        getattr(answer, "close", lambda: None)()
        connections.close_all()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is absent: pip install playwright")
    if CHROMIUM is None:
        pytest.skip("chromium is absent: apt-get install chromium")
    with playwright.sync_playwright() as one:
        made = one.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield made
        made.close()


@pytest.fixture(scope="module")
def address(made: Path) -> Iterator[str]:
    server = make_server("localhost", 0, _answered, server_class=_Threads, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def visit(browser: Any, address: str, desk: Desk) -> Iterator[Callable[..., Any]]:
    """A page of a browser of its own, signed in; whatever it asks of another host, or writes to its console, fails."""
    with visitor(browser, address) as one:
        yield one


def _is_wrong(message: Any) -> bool:
    """Errors and warnings of the console; an answer with status 4xx or 503 is meant where it comes."""
    return message.type in ("error", "warning") and not re.search(r"status of (4|503)", message.text)


@contextmanager
def visitor(browser: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Opens pages, signed in as a user or as nobody."""
    from tests.desk.conftest import PASSWORD

    wrong: list[str] = []
    contexts: list[Any] = []

    def open_page(name: str | None, lang: str = "en", width: int = 1280) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, locale=lang, base_url=address)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda one: one.url.startswith((address, "data:")) or wrong.append(one.url))
        page.on("console", lambda one: wrong.append(one.text) if _is_wrong(one) else None)
        page.on("pageerror", lambda one: wrong.append(str(one)))
        if name is not None:
            page.goto("/login")
            page.locator("#user").fill(name)
            page.locator("#password").fill(PASSWORD)
            page.locator("#password").press("Enter")
            page.wait_for_url(re.compile(r"/(gate|participants|lists|users|inspection)$"))
        return page

    yield open_page
    for one in contexts:
        one.close()
    assert wrong == []


_CUT = """() => [...document.querySelectorAll("td, th, dd, h1, h2, h3, p, label, button, input, select")].filter(
  one => {
  const box = one.getBoundingClientRect();
  return box.width && box.right > innerWidth + 1 && !one.closest(".scroll, .skip, pre");
}).map(one => one.tagName + ": " + one.textContent.slice(0, 60))"""


WIDTHS = (1280, 390)
"""Of a desk, and of a phone."""
BOTH = pytest.mark.parametrize(("lang", "width"), [("en", 390), ("zh-CN", 1280)])
"""Both languages; axe looks at one of them on a phone. Whether pages fit is looked at in every width in either."""


class Looker:
    """What axe and the width of the window say of pages."""

    def __init__(self, axe: Any) -> None:
        self._axe = axe
        self.wrong: dict[str, list[Any]] = {}

    def __call__(self, page: Any, name: str) -> None:
        """Look at a page as it stands there: by axe as wide as it is, for what is cut off in every width."""
        violations = self._axe.run(page).response["violations"]
        found = [(one["id"], [node["html"][:100] for node in one["nodes"][:3]]) for one in violations]
        before = page.viewport_size
        for width in WIDTHS:
            page.set_viewport_size({**before, "width": width})
            found += [(width, one) for one in page.evaluate(_CUT)]
            if page.evaluate("document.scrollingElement.scrollWidth > innerWidth"):
                found.append((width, "scrolls sideways"))
        page.set_viewport_size(before)
        if found:
            self.wrong[name] = found


def looker() -> Looker:
    """One that has looked at nothing yet; without axe the test skips."""
    return Looker(
        pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is absent").Axe()
    )
