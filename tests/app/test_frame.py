"""The frame in a real browser: languages, links, headers of safety."""

from __future__ import annotations

import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from streamlit.testing.v1 import AppTest

from tests.app.browser import Visit, server, visit

pytestmark = pytest.mark.xdist_group("browser")

PAGES = ("overview", "map", "gaps", "data")


@pytest.mark.parametrize(("locale", "word"), [("zh-CN", "总览"), ("en-GB", "Overview")])
def test_the_browsers_language_is_taken(reader: Callable[..., Visit], locale: str, word: str) -> None:
    page = reader(language=locale).open()
    assert page.get_by_role("link", name=word).count() == 1


def test_the_language_can_be_switched_and_stands_in_the_link(reader: Callable[..., Visit]) -> None:
    visit = reader(language="en-GB")
    page = visit.open()
    page.get_by_text("中文", exact=True).click()
    page.get_by_role("link", name="总览").wait_for()
    assert "lang=zh" in page.url


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_page_opens_without_a_fault(reader: Callable[..., Visit], name: str, lang: str) -> None:
    visit = reader()
    page = visit.open(name if name != "overview" else "", lang=lang)
    assert page.locator('[data-testid="stException"]').count() == 0
    assert [c for c in visit.complaints if f"/{name}/_stcore/" not in c] == []  # where Streamlit first looks


def test_a_link_to_another_page_keeps_the_view(reader: Callable[..., Visit]) -> None:
    visit = reader()
    page = visit.open("gaps", lang="en", unit="county:320481@2023")
    page.get_by_role("link", name="Overview").click()
    visit.still()
    assert "unit=county%3A320481%402023" in page.url


def test_a_view_of_nonsense_falls_back_to_what_fits(reader: Callable[..., Visit]) -> None:
    visit = reader()
    page = visit.open("", snap="../../etc", unit="<script>", service="x" * 5000, basis="{}", lang="xx")
    assert page.locator('[data-testid="stException"]').count() == 0
    assert page.get_by_role("link", name="Overview").count() == 1


def test_a_link_to_a_page_opens_on_a_server_that_just_started(
    demo_folder: Path, started: Browser, tmp_path: Path
) -> None:
    with server(demo_folder, log=tmp_path / "log") as address, visit(started, address) as reader:
        page = reader.open("gaps", lang="en", service="broadband")
        page.get_by_role("heading", name="Without broadband").wait_for()


def test_every_answer_forbids_other_hosts(url: str) -> None:
    with urllib.request.urlopen(url) as answer:
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_another_name_of_the_host_is_refused(url: str) -> None:
    asked = urllib.request.Request(url, headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(asked)


def test_a_damaged_table_is_one_message_with_what_to_do(
    demo_folder: Path, started: Browser, tmp_path: Path
) -> None:
    damaged = tmp_path / "snapshots"
    shutil.copytree((demo_folder / "latest").resolve(), damaged / (demo_folder / "latest").resolve().name)
    card = next(damaged.glob("*/scorecard.parquet"))
    card.write_bytes(card.read_bytes()[:100])
    with (
        server(damaged, log=tmp_path / "log") as address,
        visit(started, address, language="en-GB") as reader,
    ):
        page = reader.open()
        page.get_by_text("cuntong verify").first.wait_for()
        assert page.get_by_role("link", name="Map").count() == 1
        assert "Traceback" not in page.content()


def test_a_fault_of_a_page_is_one_line_and_goes_to_the_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    def script() -> None:
        import streamlit as st

        from app.frame import _run

        page = st.navigation(
            [st.Page(lambda: 1 / 0, title="x", url_path="x", default=True)], position="hidden"
        )
        _run(page, "en")

    shown = AppTest.from_function(script, default_timeout=20).run()
    assert not shown.exception
    assert "ZeroDivisionError" in shown.error[0].value
    assert "ZeroDivisionError: division by zero" in (tmp_path / "cuntong" / "faults.log").read_text()
