"""The server: Streamlit, the tiles, the vectors, the downloads and the assets in one ASGI application.

It is run by uvicorn (`app.serve`), not by `streamlit run`, whose socket delays every answer by 40 ms.
"""

from __future__ import annotations

import os
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from streamlit.starlette import App

from geo.faults import fault

HERE = Path(__file__).parent

#: Environment variable with the names by which this server may be asked, joined by commas.
HOSTS = "CUNTONG_HOSTS"

#: The browser itself refuses every other host (Streamlit needs inline scripts, and `eval` for its tables).
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "frame-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)

HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Any]
_Send = Callable[[_Message], Any]


class Headers:
    """Middleware that sends the headers of safety with every answer."""

    def __init__(self, app: Callable[..., Any]) -> None:
        """Wrap an application."""
        self.app = app

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        """Answer a request."""

        async def with_headers(message: _Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *HEADERS]
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


class Assets(StaticFiles):
    """The package's own scripts, styles and fonts; kept by the browser for a day."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a file."""
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = "public, max-age=86400"
        return response


def routes() -> list[BaseRoute]:
    """Return what is answered besides the pages."""
    from app import downloads, tiles, values

    return [
        *tiles.ROUTES,
        *values.ROUTES,
        *downloads.ROUTES,
        Mount("/assets", Assets(directory=HERE / "assets")),
    ]


def in_log(problem: Exception) -> bool:
    """Write a fault of a page to the log; the reader sees Streamlit's line without a traceback."""
    fault(problem)
    return False


def application() -> App:
    """Return the application over the snapshots named in the environment."""
    hosts = os.environ.get(HOSTS, "localhost,127.0.0.1,[::1]").split(",")
    return App(
        HERE / "page.py",
        routes=routes(),
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=hosts), Middleware(Headers)],
        on_script_error=in_log,
    )
