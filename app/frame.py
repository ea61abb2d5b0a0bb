"""The frame round every page: header, language, snapshot, links; and the reader's view kept in the URL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from app.access import Reader, Thing, may, reader_of
from app.plain import plain
from app.shelf import shelf
from app.texts import LANGUAGES, language_of, named, t
from app.view import View
from geo.atlas import Atlas
from geo.errors import CuntongError
from geo.faults import fault
from geo.snapshot import Snapshot
from geo.wording import day

Page = Callable[[View, Atlas], None]

#: Keys of the session's memory.
VIEW, QUERY = "view", "query"

_STYLE = """<style>
.stMainBlockContainer {padding-top: 1.2rem; padding-bottom: 2rem; max-width: 1500px;}
[data-testid="stHeader"] {height: 0; min-height: 0; visibility: hidden;}
html {font-variant-numeric: tabular-nums;}
.stMainBlockContainer h5 {padding: 0;}
[data-testid="stCaptionContainer"] {font-size: 0.8rem; line-height: 1.35;}
[data-testid="stMainBlockContainer"] > div > [data-testid="stVerticalBlock"] {gap: 0.7rem;}
</style>"""


def framed(pages: Mapping[str, Page]) -> None:
    """Draw the header and run the page that the URL names."""
    st.set_page_config(page_title="村通 Cuntong", page_icon="📡", layout="wide")
    st.html(_STYLE)
    view = current()
    served = [s for s in shelf().snapshots() if may(_reader(), Thing(s.name, "snapshot", s.name))]
    if not served:
        _nothing(view.lang)
        return
    names = [s.name for s in served]
    view = replace(view, snap=view.snap if view.snap in names else names[0])
    atlas = shelf().atlas(view.snap)
    since = [s.name for s in shelf().earlier(atlas.snapshot)]
    view = replace(view.fitted(atlas), since=view.since if view.since in since else "")
    keep(view)
    listed = {name: _listed(name, page) for name, page in pages.items()}
    chosen = st.navigation(list(listed.values()), position="hidden")
    _header(view, served, listed)
    _run(chosen, view.lang)


def _run(chosen: StreamlitPage, language: str) -> None:
    """Run a page; what goes wrong is said in one message with what to do, and the header stays usable."""
    try:
        chosen.run()
    except CuntongError as problem:
        st.error(plain(problem))
    except Exception as problem:
        line = fault(problem)
        st.error(t("shell.fault", language, kind=type(problem).__name__, log=plain(line.rsplit(": ", 1)[-1])))


def current() -> View:
    """Return the reader's view: of the URL where it has changed, else as the session remembers it."""
    query = st.query_params.to_dict()
    if VIEW not in st.session_state or query != st.session_state.get(QUERY):
        view = View.of_query(query)
        before = st.session_state.get(VIEW)
        lang = view.lang or (before.lang if before else "") or language_of(st.context.locale)
        st.session_state[VIEW] = replace(view, lang=lang if lang in LANGUAGES else "en")
    view = st.session_state[VIEW]
    assert isinstance(view, View)  # noqa: S101  the session's memory has no types
    return view


def keep(view: View) -> None:
    """Remember a view, in the session and in the URL."""
    st.session_state[VIEW] = view
    if st.query_params.to_dict() != view.query():
        st.query_params.from_dict(view.query())
    st.session_state[QUERY] = view.query()


def go(view: View) -> None:
    """Show another view."""
    keep(view)
    st.rerun()


def choose(
    label: str, options: Sequence[str], field: str, *, words: Callable[[str], str], compact: bool = False
) -> None:
    """Draw a choice whose answer is a field of the view; the view decides what is chosen, not the widget."""
    key = f"choose_{field}"
    value = getattr(st.session_state[VIEW], field)
    st.session_state[key] = value if value in options else options[0]
    how: dict[str, Any] = {"key": key, "format_func": words, "on_change": _chosen, "args": (field, key)}
    if compact:
        st.segmented_control(label, options, **how)
    else:
        st.selectbox(label, options, **how)


def bound(field: str, key: str, shown: object) -> dict[str, Any]:
    """Return what binds a widget to a field of the view, which decides what the widget shows."""
    st.session_state[key] = shown
    return {"key": key, "on_change": _typed, "args": (field, key)}


def _typed(field: str, key: str) -> None:
    value = st.session_state[key]
    text = "1" if value is True else f"{value:g}" if isinstance(value, float | int) and value else value or ""
    keep(replace(st.session_state[VIEW], **{field: text}))


def _chosen(field: str, key: str) -> None:
    value = st.session_state[key]
    if value is not None:
        keep(replace(st.session_state[VIEW], **{field: value}))


def _reader() -> Reader | None:
    return reader_of(st.context.cookies)


def _listed(name: str, page: Page) -> StreamlitPage:
    """Return a page for Streamlit's list."""

    def show() -> None:
        view = st.session_state[VIEW]
        page(view, shelf().atlas(view.snap))

    language = st.session_state[VIEW].lang
    return st.Page(show, title=t(f"shell.page_{name}", language), url_path=name, default=name == "overview")


def _header(view: View, served: Sequence[Snapshot], listed: Mapping[str, StreamlitPage]) -> None:
    """Draw the name, the links to the pages, and the choices that hold on every page."""
    by_name = {s.name: s for s in served}
    earlier = {s.name: s for s in shelf().earlier(by_name[view.snap])}
    links, snap, since, language = st.columns([11, 8, 6, 4], vertical_alignment="bottom")
    with links.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("##### 村通 Cuntong", width="content")
        for page in listed.values():
            st.page_link(page, query_params=view.query())
    with snap:
        words = partial(_title, by_name, view.lang)
        choose(t("shell.snapshot", view.lang), list(by_name), "snap", words=words)
    with since:
        words = partial(_day_of, earlier, view.lang)
        choose(t("shell.since", view.lang), ["", *earlier], "since", words=words)
    with language:
        choose(
            t("shell.language", view.lang), list(LANGUAGES), "lang", words=LANGUAGES.__getitem__, compact=True
        )
    notice = by_name[view.snap].manifest["notice"]
    if notice:
        st.caption(plain(named(notice, view.lang)))


def _title(served: Mapping[str, Snapshot], language: str, name: str) -> str:
    region = named(served[name].manifest["name"], language)
    return f"{region} · {day(served[name].manifest['as_of'], language)} · {name[-12:]}"


def _day_of(earlier: Mapping[str, Snapshot], language: str, name: str) -> str:
    if not name:
        return t("shell.since_none", language)
    return f"{day(earlier[name].manifest['as_of'], language)} · {name[-12:]}"


def _nothing(language: str) -> None:
    """Say what to do where there is no snapshot."""
    st.title("村通 Cuntong")
    st.info(t("shell.no_snapshot", language))
    st.code("cuntong run REGION.toml\ncuntong serve", language="bash")
