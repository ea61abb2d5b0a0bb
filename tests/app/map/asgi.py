"""Asks an ASGI application without a socket: one request, one answer."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote


@dataclass(frozen=True)
class Answer:
    status_code: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def content(self) -> bytes:
        return gzip.decompress(self.raw) if self.headers.get("content-encoding") == "gzip" else self.raw

    def json(self) -> Any:
        return json.loads(self.content)


@dataclass(frozen=True)
class Client:
    app: Callable[..., Any]

    def get(self, address: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask by GET; the path is unquoted once, as a server does."""
        path, _, query = address.partition("?")
        asked = {"accept-encoding": "gzip", **(headers or {})}
        scope = {
            "type": "http", "method": "GET", "path": unquote(path), "raw_path": path.encode(), "root_path": "",
            "query_string": query.encode(), "scheme": "http", "http_version": "1.1",
            "headers": [(k.encode(), v.encode()) for k, v in asked.items()],
        }  # fmt: skip
        with ThreadPoolExecutor(1) as thread:  # the browser's driver has a loop of its own in this one
            return thread.submit(asyncio.run, self._ask(scope)).result()

    async def _ask(self, scope: dict[str, Any]) -> Answer:
        said: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            said.append(message)

        await self.app(scope, receive, send)
        headers = {k.decode(): v.decode() for k, v in said[0]["headers"]}
        return Answer(said[0]["status"], headers, b"".join(m.get("body", b"") for m in said[1:]))
