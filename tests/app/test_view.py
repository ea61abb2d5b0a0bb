"""What a reader looks at stands in the URL, whole; text from data stays text."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.plain import plain
from app.shelf import Shelf
from app.texts import LANGUAGES, catalogue, language_of
from app.view import View
from geo.atlas import Atlas
from geo.errors import UnknownName
from geo.snapshot import open_snapshot

TEXT = st.text(max_size=40)


@given(st.builds(View, **{f.name: TEXT for f in fields(View)}))
def test_a_view_comes_back_from_its_url(view: View) -> None:
    assert View.of_query(view.query()) == view


@given(st.dictionaries(st.sampled_from([f.name for f in fields(View)]), TEXT))
def test_any_url_is_fitted_to_the_snapshot(atlas: Atlas, query: dict[str, str]) -> None:
    view = View.of_query(query).fitted(atlas)
    assert view.fitted(atlas) == view
    assert atlas.position(view.unit) >= 0
    assert view.service in [s["id"] for s in atlas.services]


@pytest.fixture(scope="module")
def atlas(demo_folder: Path) -> Atlas:
    return Atlas(open_snapshot(demo_folder))


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=30))
def test_text_in_markdown_shows_as_it_is_written(text: str) -> None:
    shown = MarkdownIt("commonmark").parseInline(plain(text))[0].children or []
    assert {c.type for c in shown} <= {"text", "text_special"}


def test_a_name_full_of_marks_is_escaped() -> None:
    assert plain("<img src=x>$a$ :red[b]") == r"\<img src\=x\>\$a\$ \:red\[b\]"
    assert plain("a\u202eb\nc") == "a b c"


def test_the_shelf_lists_the_newest_first_and_what_to_compare_with(demo_folder: Path) -> None:
    shelf = Shelf([demo_folder])
    days = [s.manifest["as_of"] for s in shelf.snapshots()]
    assert days == ["2010-12-31", "2010-06-30"]
    assert [s.name for s in shelf.earlier(shelf.snapshots()[0])] == [shelf.snapshots()[1].name]
    assert shelf.atlas(shelf.snapshots()[0].name) is shelf.atlas(shelf.snapshots()[0].name)


def test_a_single_snapshot_can_be_served(demo_folder: Path) -> None:
    assert len(Shelf([demo_folder / "latest"]).snapshots()) == 1


def test_a_name_that_is_a_path_is_no_snapshot(demo_folder: Path) -> None:
    with pytest.raises(UnknownName, match="no snapshot"):
        Shelf([demo_folder]).atlas("../demo-snapshots/latest")


def test_a_damaged_snapshot_does_not_stop_the_shelf(demo_folder: Path, tmp_path: Path) -> None:
    bad = tmp_path / "2010-01-01-000000000000"
    bad.mkdir()
    (bad / "manifest.json").write_text("{")
    (bad / "SHA256SUMS").write_text("")
    assert Shelf([tmp_path]).snapshots() == []


def test_both_languages_have_the_same_texts_with_the_same_places() -> None:
    import string

    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    en, zh = (catalogue(x) for x in ("en", "zh"))
    assert set(en) == set(zh) != set()
    assert {k for k in en if places(en[k]) != places(zh[k])} == set()
    assert set(LANGUAGES) == {"en", "zh"}


@pytest.mark.parametrize(
    ("locale", "language"), [("zh-CN", "zh"), ("zh", "zh"), ("en-US", "en"), ("fr", "en"), (None, "en")]
)
def test_the_language_follows_the_browser(locale: str | None, language: str) -> None:
    assert language_of(locale) == language
