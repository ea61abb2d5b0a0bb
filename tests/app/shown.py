"""One page of the app without a browser: Streamlit's own AppTest over a snapshot of the valley."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.shelf import FOLDERS, shelf
from geo.atlas import Atlas


def serve(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> None:
    """Serve folders of snapshots in this process, as `cuntong serve` would."""
    monkeypatch.setenv(FOLDERS, ":".join(map(str, folders)))
    shelf.cache_clear()


def shown(name: str, atlas: Atlas, **view: str) -> AppTest:
    """Run a page as a reader with this view sees it."""
    query = {"snap": atlas.snapshot.name, "lang": "en", **view}
    test = AppTest.from_function(_script, kwargs={"name": name, "query": query}, default_timeout=30)
    return sound(test.run())


def sound(test: AppTest) -> AppTest:
    """Return the page if it ran without a fault."""
    assert [e.value for e in test.exception] == []
    return test


def _script(name: str, query: dict[str, str]) -> None:
    from importlib import import_module

    import streamlit as st

    from app.frame import VIEW, keep
    from app.shelf import shelf
    from app.view import View

    asked = st.session_state[VIEW] if VIEW in st.session_state else View.of_query(query)
    view = asked.fitted(shelf().atlas(asked.snap))
    keep(view)
    import_module(f"app.views.{name}").page(view, shelf().atlas(view.snap))


def view_of(test: AppTest) -> Any:
    """Return what the reader looks at."""
    return test.session_state["view"]


def written(test: AppTest) -> list[str]:
    """Return the Markdown of a page as it is sent."""
    return [str(e.value) for e in (*test.markdown, *test.caption)]


def words(test: AppTest) -> str:
    """Return all text of a page, with Markdown's escapes taken away."""
    parts = [*written(test), *(e.value for e in (*test.warning, *test.info))]
    # Streamlit's HTML elements are not among those that AppTest names: their text stands in the message.
    parts += [e.proto.body for e in test.get("html")]
    return "\n".join(str(p) for p in parts).replace("\\", "")
