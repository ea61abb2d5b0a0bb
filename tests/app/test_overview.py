"""The page overview without a browser: its figures are the scorecard's, its words the reader's language."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from app.overview.below import below_table, focus
from app.overview.words import level_word
from app.view import View
from geo.atlas import Atlas
from geo.cards import chosen_cards
from geo.report.model import headline_targets
from geo.snapshot import open_snapshot
from geo.wording import number, percent
from tests.app.shown import serve, shown, sound, view_of, words, written
from tests.places import HOSTILE, published


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two days of the valley; between them broadband came to one hamlet, and the rule of fibre stayed."""
    made = tmp_path_factory.mktemp("valley")
    published(made / "a", made / "out", as_of="2010-06-30", nodes=("V1",))
    published(made / "b", made / "out")
    return made / "out"


@pytest.fixture
def valley(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Atlas:
    serve(monkeypatch, folder)
    return Atlas(open_snapshot(folder))


def earlier(folder: Path) -> str:
    return next(p.name for p in folder.iterdir() if p.name.startswith("2010-06-30"))


def test_the_large_figures_are_those_of_the_scorecard(valley: Atlas) -> None:
    text = words(shown("overview", valley))
    rows = chosen_cards(valley.snapshot, level=None, unit=None, target=None).rows.set_index("target_id")
    mains = [t["id"] for t in headline_targets(valley.manifest["targets"])]
    assert mains == ["fibre_villages", "broadband_hamlets", "tv_hamlets"]
    large = re.findall(r"font-weight:600\">([^<]+)</span> <[^>]+>/ ([^<]+)</span>", text)
    assert large == [(number(rows.at[m, "numerator"]), number(rows.at[m, "denominator"])) for m in mains]


def test_the_sentence_says_how_many_have_it_and_whether_the_target_is_met(valley: Atlas) -> None:
    text = words(shown("overview", valley))
    told = "3 of 6 villages have fibre (50.0 % – 66.7 %), 2 do not, 1 unknown; target 100 % by 2015-12-31"
    assert f"{told}: ✗ not met" in text
    zh = words(shown("overview", valley, lang="zh"))
    assert (
        "6 个行政村中，3 个已通光缆（50.0 % – 66.7 %），2 个未通，1 个未知；目标 100 %，期限 2015年12月31日：✗ 未达标"
        in zh
    )


def test_too_much_unknown_is_said_on_the_card_and_only_there(valley: Atlas) -> None:
    said = [w.value.replace("\\", "") for w in shown("overview", valley).warning]
    assert said == ["Not enough is known to sign: 50.0 % is unknown."]  # broadband: 6 of 12 hamlets


def test_the_bars_parts_are_the_four_statuses(valley: Atlas) -> None:
    bars = re.findall(r'aria-label="([^"]+)"', words(shown("overview", valley)))
    assert bars[1] == "covered 3, partial 1, uncovered 2, unknown 6"


def test_every_figure_tells_how_it_was_counted_and_what_would_make_it_wrong(valley: Atlas) -> None:
    text = words(shown("overview", valley))
    assert "plant at most 1,000 m away" in text
    assert "nodes: declared, edition not stated" in text
    assert "villages: official, edition 2010" in text
    assert "Where the plan says so: plan, 2.3" in text
    assert "? 6 are unknown" in text


def test_every_target_of_the_plan_stands_in_its_group_with_its_figures(valley: Atlas) -> None:
    test = shown("overview", valley)
    tables = [d.value for d in test.dataframe]
    plan = next(x for x in tables if "covered" in x.columns and "goal" in x.columns)
    rows = chosen_cards(valley.snapshot, level=None, unit=None, target=None).rows
    computed = rows[rows["how"] == "computed"]
    assert list(plan["covered"]) == list(computed["numerator"])
    assert [f"{x} %" for x in plan["share, at least"]] == [percent(x) for x in computed["share_low"]]
    assert list(plan["to connect"]) == list(computed["shortfall"])
    reported = next(x for x in tables if "value" in x.columns and "goal" in x.columns)
    assert list(reported["figure"]) == ["reported 2009-12-31"]
    assert list(reported["value"]) == ["0.76 index"]
    assert "**rural net**" in words(test)


def test_the_units_below_stand_worst_first(valley: Atlas) -> None:
    target = next(t for t in valley.manifest["targets"] if t["id"] == "fibre_villages")
    table = below_table(valley, 0, target)
    assert list(table["code"]) == ["C2", "C1"]
    assert list(table["shortfall"]) == [2, 1]
    east = valley.position("county:C1@2010")
    assert list(below_table(valley, east, target)["own"]) == ["uncovered", "covered", "covered"]


def test_choosing_a_target_for_the_units_below_is_what_the_view_counts(valley: Atlas) -> None:
    test = shown("overview", valley)
    sound(test.selectbox[0].set_value("broadband_hamlets").run())
    view = view_of(test)
    assert (view.service, view.level, view.basis) == ("broadband", "hamlet", "units")
    targets = [t for t in valley.manifest["targets"] if t["service"]]
    assert focus(view, targets)["id"] == "broadband_hamlets"
    assert focus(View(), targets)["id"] == "fibre_homes"


def test_a_place_is_found_by_name_code_or_pinyin_and_shown_with_what_is_above(valley: Atlas) -> None:
    test = shown("overview", valley)
    sound(test.text_input[0].set_value("dongxian").run())
    hit = next(b for b in test.button if (b.key or "").startswith("hit_"))
    assert "东县" in hit.label
    sound(hit.click().run())
    assert view_of(test).unit == "county:C1@2010"
    assert [b.label.replace("\\", "") for b in test.button if (b.key or "").startswith("up_")] == ["山谷市 ›"]
    sound(test.text_input[0].set_value("nowhere at all").run())
    assert "No place of that name or code." in words(test)


def test_a_path_leads_up_again(valley: Atlas) -> None:
    test = shown("overview", valley, unit="hamlet:V5H1@2010")
    ups = [b for b in test.button if (b.key or "").startswith("up_")]
    assert len(ups) == 3
    sound(ups[0].click().run())
    assert view_of(test).unit == "city:T@2010"


def test_a_unit_that_is_counted_itself_shows_its_own_status(valley: Atlas) -> None:
    text = words(shown("overview", valley, unit="village:V3@2010"))
    assert "fibre: ○ not covered here." in text
    assert "Nearest plant: 1.9 km." in text
    assert "Services here" in text


def test_what_changed_is_told_on_the_cards_and_by_service(valley: Atlas, folder: Path) -> None:
    test = shown("overview", valley, since=earlier(folder))
    text = words(test)
    assert "▲ 2 since 2010-06-30" in text
    assert "= as on 2010-06-30" in text
    table = next(d.value for d in test.dataframe if "▲ gained" in d.value.columns)
    fibre = table[table["service"] == "fibre"].iloc[0]
    assert (fibre["▲ gained"], fibre["○ still without"], fibre["? unknown in one"]) == (2, 2, 1)


def test_a_broken_series_is_said_without_an_arrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(tmp_path / "a", tmp_path / "out", as_of="2010-06-30", distance=500)
    published(tmp_path / "b", tmp_path / "out")
    serve(monkeypatch, tmp_path / "out")
    atlas = Atlas(open_snapshot(tmp_path / "out"))
    text = words(shown("overview", atlas, since=earlier(tmp_path / "out")))
    assert "not comparable with 2010-06-30: counted by another rule" in text
    assert "Not comparable: fibre" in text
    assert "▲" not in text
    assert "▼" not in text


def test_names_from_data_are_text(valley: Atlas) -> None:
    test = shown("overview", valley, unit="county:C2@2010")
    assert HOSTILE in words(test)
    assert [r for r in written(test) if "<img" in r and "\\<img" not in r] == []
    assert [e for e in test.get("html") if "<img" in html.unescape(e.proto.body)] == []
    test = shown("overview", valley, unit="village:V5@2010")
    labels = [b.label for b in test.button]
    assert any("\\<img" in x for x in labels)
    assert not any("<img" in x.replace("\\<img", "") for x in labels)


@pytest.mark.parametrize(
    ("level", "many", "word"),
    [("county", True, "counties"), ("village", True, "villages"), ("city", False, "city")],
)
def test_levels_are_one_or_many(valley: Atlas, level: str, many: bool, word: str) -> None:
    assert level_word(valley, level, "en", many=many) == word


def test_the_scorecard_can_be_taken_away_as_it_is_looked_at(valley: Atlas, folder: Path) -> None:
    test = shown("overview", valley, unit="county:C1@2010", since=earlier(folder))
    urls = [e.proto.url for e in test.get("link_button")]
    assert [u.split("?")[0].rsplit(".", 1)[1] for u in urls] == ["pdf", "html", "xlsx"]
    assert all("unit=county%3AC1%402010" in u and "since=2010-06-30" in u and "lang=en" in u for u in urls)
