"""Bring data: send a region or a file, have it checked, look at what would happen, run it, open the snapshot."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from app.access import Thing, may, reader_of
from app.data.owner import owner_of
from app.data.preview import draw_details, draw_outcome
from app.frame import go
from app.jobs import CANCELLED, DONE, FAILED, REFUSED, RUNNING, UPLOAD, Busy, Job, State, jobs
from app.plain import plain
from app.shelf import Shelf, shelf
from app.texts import t
from app.uploads import (
    SETTING,
    SUFFIXES,
    UNPACKED,
    UPLOAD_BYTES,
    Unfit,
    allowed,
    keep,
    uploads_folder,
)
from app.view import View
from app.work import FILE_CPU_S, FILE_MEMORY, REGION_CPU_S, REGION_MEMORY, held_against
from geo.atlas import Atlas
from geo.findings import visible
from geo.terms import Role
from geo.wording import number

#: Seconds between two looks at a running job; seconds on the clock after which it is ended.
EVERY_S, CHECK_S, RUN_S = 1.5, 1800.0, 3600.0

#: Key of the session's memory: the job that is looked at, and what was wrong with the last wish.
SHOWN, WRONG = "data_job", "data_wrong"
#: Key of the widget that chooses it.
CHOSEN = "data_job_chosen"

#: Streamlit's own words at the place to drop a file are English only: ours stand there instead.
_STYLE = """<style>
[data-testid="stFileUploaderDropzoneInstructions"] {display: none;}
[data-testid="stFileUploaderDropzone"] button p {font-size: 0;}
[data-testid="stFileUploaderDropzone"] button p::after {content: "CHOOSE"; font-size: 0.9rem;}
</style>"""

_SIGNS = {RUNNING: "…", DONE: "✓", REFUSED: "✕", FAILED: "✕", CANCELLED: "–"}


def draw(view: View, atlas: Atlas) -> None:
    """Draw the form, the running job, and what came of the others."""
    lang = view.lang
    if not may(reader_of(st.context.cookies), Thing(view.snap, "upload", "")):
        st.info(t("data.bring_not_yours", lang))
        return
    if not allowed(st.context.ip_address):
        st.info(t("data.bring_closed", lang, setting=f"{SETTING}=1"))
        return
    owner = owner_of(st.context.cookies)
    mine = jobs().of(owner)
    running = next((j for j in mine if jobs().state(j).phase == RUNNING), None)
    if running is not None:
        _running(running.id, owner, lang)
    else:
        _form(atlas, owner, lang)
    if wrong := st.session_state.pop(WRONG, None):
        st.error(wrong)
    _ended([j for j in mine if j is not running], view)


def _form(atlas: Atlas, owner: str, lang: str) -> None:
    """Draw what can be sent, the place to drop it, and how it is to be read."""
    st.html(_STYLE.replace("CHOOSE", t("data.choose_file", lang)))
    st.markdown(t("data.bring_about", lang))
    with st.expander(t("data.bring_limits", lang)):
        st.markdown(_limits(lang))
    sent = st.file_uploader(
        t("data.bring_file", lang, megabytes=UPLOAD_BYTES // 2**20),
        type=list(SUFFIXES),
        max_upload_size=UPLOAD_BYTES // 2**20,
        key="data_file",
    )
    if sent is None:
        return
    asked = _options(atlas, lang) if not sent.name.lower().endswith(".toml") else {}
    if st.button(t("data.check", lang), type="primary", key="data_check"):
        _begin(
            "check", owner, sent.name, lambda f: keep(f, sent.name, sent.getbuffer()), asked=asked, lang=lang
        )


def _limits(lang: str) -> str:
    mebi, gibi = 2**20, 2**30
    return t(
        "data.limits",
        lang,
        suffixes=" ".join(SUFFIXES),
        megabytes=UPLOAD_BYTES // mebi,
        unpacked=UNPACKED["bytes"] // mebi,
        ratio=UNPACKED["ratio"],
        members=number(UNPACKED["members"]),
        file_memory=number(FILE_MEMORY / gibi),
        file_s=FILE_CPU_S,
        region_memory=number(REGION_MEMORY / gibi),
        region_min=REGION_CPU_S // 60,
    )


def _options(atlas: Atlas, lang: str) -> dict[str, Any]:
    """Draw how one data file is to be read; a bundle says that itself."""
    with st.expander(t("data.options", lang)):
        st.caption(t("data.options_about", lang))
        first, second, third = st.columns(3)
        role = first.selectbox(
            t("data.role", lang),
            ["", *(r.value for r in Role)],
            format_func=lambda x: Role.of(x).word(lang) if x else t("data.role_guess", lang),
            key="data_role",
        )
        crs = second.text_input(
            t("data.crs", lang), placeholder="EPSG:4490 · GCJ-02 · BD-09", max_chars=60, key="data_crs"
        )
        layer = third.text_input(t("data.layer", lang), max_chars=200, key="data_layer")
        held = st.checkbox(t("data.held", lang), key="data_held", help=t("data.held_about", lang))
    box = atlas.bounds(0) if held else None
    known = held_against(atlas.manifest, box) if box else None
    return {"role": role, "crs": crs.strip(), "layer": layer.strip(), "known": known}


def _begin(
    verb: str,
    owner: str,
    name: str,
    place: Callable[[Path], object],
    *,
    lang: str,
    asked: Mapping[str, Any] | None = None,
    out: Path | None = None,
) -> None:
    """Start a job and draw the page anew; what is wrong with the wish is told there."""
    try:
        job = jobs().start(
            verb,
            owner=owner,
            name=name[:200],
            place=place,
            asked=asked,
            out=out,
            limit_s=RUN_S if verb == "run" else CHECK_S,
        )
    except Unfit as problem:
        st.session_state[WRONG] = t(
            f"data.{problem.key}", lang, **{k: plain(v) for k, v in problem.values.items()}
        )
    except Busy as busy:
        st.session_state[WRONG] = t(f"data.busy_{busy.whose}", lang)
    except OSError as problem:
        st.session_state[WRONG] = t("data.no_room", lang, why=plain(problem.strerror or ""))
    else:
        st.session_state[SHOWN] = job.id
    st.rerun()


@st.fragment(run_every=EVERY_S)
def _running(identity: str, owner: str, lang: str) -> None:
    """Draw how far a job is, and the way to end it; when it has ended the page is drawn anew."""
    job = jobs().job(identity, owner)
    state = jobs().state(job) if job else State(phase=FAILED)
    if job is None or state.phase != RUNNING:
        st.session_state[SHOWN] = identity
        st.rerun()
    with st.container(border=True):
        st.markdown(f"**{t(f'data.doing_{job.verb}', lang, name=plain(visible(job.name)))}**")
        st.progress(state.share, text=stage_words(state, lang))
        if st.button(t("data.cancel", lang), key="data_cancel"):
            jobs().cancel(job)
            st.toast(t("data.cancelling", lang))
        st.caption(t("data.come_back", lang))


def stage_words(state: State, lang: str) -> str:
    """Return what a job is doing now."""
    if not state.stage:
        return t("data.stage_start", lang)
    first, _, rest = state.stage.partition(" ")
    key = {"roll-up": "rollup"}.get(first, first)
    step = t("data.step", lang, step=state.step + 1, steps=state.steps)
    return f"{t(f'data.stage_{key}', lang, name=plain(visible(rest)))} {step}"


def _ended(ended: list[Job], view: View) -> None:
    """Draw the choice of finished jobs and what came of the one looked at."""
    if not ended:
        return
    lang, by_id = view.lang, {j.id: j for j in ended}
    st.subheader(t("data.ended", lang))
    if st.session_state.get(SHOWN) not in by_id:
        st.session_state[SHOWN] = ended[0].id
    if len(ended) > 1:
        st.session_state[CHOSEN] = st.session_state[SHOWN]
        st.selectbox(
            t("data.ended_which", lang),
            list(by_id),
            key=CHOSEN,
            format_func=lambda i: _title(by_id[i], lang) if i in by_id else "",
            on_change=lambda: st.session_state.update({SHOWN: st.session_state[CHOSEN]}),
        )
    else:
        st.markdown(plain(_title(ended[0], lang)))
    job = by_id[st.session_state[SHOWN]]
    state = jobs().state(job)
    draw_outcome(job, state, lang)
    with st.container(horizontal=True):
        if state.phase == DONE and job.verb == "check" and state.result.get("runnable"):
            _run_button(job, lang)
        if state.phase == DONE and job.verb == "run" and _is_served(state):
            _open_button(state, view)
        if st.button(t("data.forget", lang), key="data_forget"):
            jobs().forget(job)
            st.session_state.pop(SHOWN, None)
            st.rerun()
    draw_details(job, state, lang)


def _is_served(state: State) -> bool:
    return any(s.name == state.result["snapshot"] for s in shelf().snapshots())


def _open_button(state: State, view: View) -> None:
    if st.button(t("data.open", view.lang), type="primary", key="data_open"):
        go(replace(view, snap=str(state.result["snapshot"]), since="", unit=""))


def _run_button(job: Job, lang: str) -> None:
    """Draw the button that runs a region that was checked."""
    upload = next((job.folder / UPLOAD).iterdir(), None) if (job.folder / UPLOAD).is_dir() else None
    if upload is None:
        return
    if st.button(t("data.run", lang), type="primary", key="data_run"):
        out = out_folder(shelf())
        _begin("run", job.owner, job.name, lambda f: os.link(upload, f / upload.name), lang=lang, out=out)


def out_folder(shelf: Shelf) -> Path:
    """Return where a new snapshot goes: the first served folder, else a folder of uploads that is served too."""
    first = shelf.folders[0] if shelf.folders else None
    if first is not None and not (first / "manifest.json").exists():
        there = first if first.exists() else first.parent
        if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
            return first
    served = uploads_folder()
    served.mkdir(parents=True, exist_ok=True)
    if served not in shelf.folders:
        shelf.folders = (*shelf.folders, served)
    return served


def _title(job: Job, lang: str) -> str:
    """Return what a job was, in one line: sign and word of its end, what it did, to which file, when."""
    state = jobs().state(job)
    is_file = state.phase == DONE and job.verb == "check" and not state.result.get("runnable")
    phase = REFUSED if is_file and state.result["totals"]["reject"] else state.phase
    began = clock(job.started)
    what = t(f"data.did_{job.verb}", lang)
    return f"{_SIGNS[phase]} {t(f'data.phase_{phase}', lang)} · {what} · {visible(job.name)} · {began}"


def clock(seconds: float) -> str:
    """Return the time of the day, by the server's clock."""
    import datetime as dt

    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC).astimezone().strftime("%H:%M")
