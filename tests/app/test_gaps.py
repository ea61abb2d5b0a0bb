"""The page gaps without a browser: its list, its filters, its pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.views import gaps as gaps_page
from geo.atlas import Atlas
from geo.gaps import gaps
from geo.snapshot import open_snapshot
from tests.app.shown import serve, shown, sound, view_of, words
from tests.places import HOSTILE, published


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("valley")
    published(made / "in", made / "out")
    return made / "out"


@pytest.fixture
def valley(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Atlas:
    serve(monkeypatch, folder)
    return Atlas(open_snapshot(folder))


def listed(test: AppTest) -> list[str]:
    return list(test.dataframe[0].value["code"])


def test_the_list_is_the_commands(valley: Atlas) -> None:
    test = shown("gaps", valley, service="broadband")
    assert listed(test) == list(gaps(valley, "broadband")["code"])
    assert "3 units without broadband: 40 homes, 120 people." in words(test)


def test_it_holds_the_view_of_a_link(valley: Atlas) -> None:
    test = shown("gaps", valley, service="fibre", unit="county:C2@2010", klass="rural")
    assert listed(test) == ["V5"]
    assert test.dataframe[0].value["county"].iloc[0] == HOSTILE


def test_units_of_which_nothing_is_known_come_when_asked_for(valley: Atlas) -> None:
    test = shown("gaps", valley, service="fibre")
    assert listed(test) == ["V3", "V5"]
    sound(test.toggle[0].set_value(True).run())
    assert listed(test) == ["V3", "V5", "V6"]
    assert list(test.dataframe[0].value["status"])[-1] == "? unknown"
    assert "Of them 1 unknown." in words(test)


def test_the_filters_narrow_the_list(valley: Atlas) -> None:
    test = shown("gaps", valley, service="fibre")
    sound(test.number_input(key="gaps_homes").set_value(70).run())
    assert listed(test) == ["V3"]
    sound(test.number_input(key="gaps_far").set_value(100).run())
    assert "Nothing here lacks fibre" in words(test)


def test_another_class_is_kept_in_the_view(valley: Atlas) -> None:
    test = shown("gaps", valley, service="fibre")
    sound(test.selectbox(key="choose_klass").set_value("urban").run())
    assert view_of(test).klass == "urban"
    assert "Nothing here lacks fibre" in words(test)


def test_the_list_is_sorted_as_a_whole_before_it_is_paged(
    valley: Atlas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gaps_page, "PAGE", 2)
    test = shown("gaps", valley, service="broadband")
    assert listed(test) == ["V2H2", "V2H1"]
    assert "Units 1 to 2 of 3" in words(test)
    sound(test.number_input(key="gaps_page").set_value(2).run())
    assert listed(test) == ["V3H1"]
    sound(test.selectbox(key="choose_service").set_value("fibre").run())
    assert listed(test) == ["V3", "V5"]


def test_it_reads_in_chinese(valley: Atlas) -> None:
    test = shown("gaps", valley, service="fibre", lang="zh")
    assert "未通光缆 2 个，共 140 户、420 人。" in words(test)
    assert list(test.dataframe[0].value["状态"]) == ["○ 未覆盖", "○ 未覆盖"]


def test_the_files_hold_the_list_of_the_view(valley: Atlas) -> None:
    test = shown("gaps", valley, service="fibre", unit="county:C1@2010")
    urls = [e.proto.url for e in test.get("link_button")]
    assert [u.split("?")[0].rsplit("/", 1)[1] for u in urls] == ["gaps.csv", "gaps.xlsx", "gaps.gpkg"]
    assert all("service=fibre" in u and "level=village" in u and "unit=county%3AC1" in u for u in urls)
