"""The application that a web server calls."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from django.core.wsgi import get_wsgi_application

from precise_cal.desk.setup import set_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_BOUNDARY: Final = r"boundary=(?:[\w'()+,./:=?-]{1,70}|\"[\w'()+,./:=? -]{1,70}\")"
_PARAMETERS: Final = rf"(?:\s*;\s*(?:{_BOUNDARY}|charset=\"?utf-?8\"?))*\s*;?\s*"
_KIND: Final = re.compile(rf"[\w.+-]*(?:/[\w.+-]+)?{_PARAMETERS}", re.ASCII | re.IGNORECASE)
_REFUSED: Final = "The content cannot be read: it should be UTF-8. 内容无法读取：应为 UTF-8。\n".encode()

set_up()
_django = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django's, for what says plainly that it is UTF-8: a name of another encoding would reach Python's decoders."""
    if _KIND.fullmatch(environ.get("CONTENT_TYPE", "")):
        return _django(environ, start_response)
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(_REFUSED)))]
    start_response("415 Unsupported Media Type", headers)
    return [_REFUSED]
