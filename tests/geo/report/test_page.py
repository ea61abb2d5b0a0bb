"""The page and the workbook: read back by other programs."""

from __future__ import annotations

import io
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from geo.__main__ import app
from geo.atlas import Atlas
from geo.report.book import book
from geo.report.model import report_of
from geo.report.page import page
from tests.geo.hostile import NAMES
from tests.geo.taken import scorecards


class Read(HTMLParser):
    """The texts and tags of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.cells.append(data)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_hostile_names_are_text_and_nothing_of_the_page_runs_or_asks(atlas: Atlas, language: str) -> None:
    read = Read(page(atlas, report_of(atlas, 0, language=language)))
    assert [n for n in NAMES if n not in read.cells] == []
    assert not read.tags & {"script", "img", "iframe", "link", "object", "i", "b", "use", "image"}
    assert [a for a, _ in read.attributes if a.startswith("on")] == []
    asked = [v for a, v in read.attributes if a in ("src", "href", "xlink:href", "action")]
    assert asked == []


def test_the_page_says_its_language_and_that_its_data_are_simulated(atlas: Atlas) -> None:
    for language, code, mark in (("en", "en", "SIMULATED DATA"), ("zh", "zh-CN", "模拟数据")):
        text = page(atlas, report_of(atlas, 0, language=language))
        assert f'<html lang="{code}">' in text
        assert mark in text
    assert "{{" not in text.replace("{{7*7}}", "")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_workbook_s_figures_are_the_command_s_for_each_township(demo: Atlas, language: str) -> None:
    cards = scorecards(demo.snapshot.path, "township")
    assert len(cards) == 67
    for unit, rows in cards.items():
        data = book(demo, report_of(demo, demo.position(unit), language=language))
        made = openpyxl.load_workbook(io.BytesIO(data))
        sheet = made.worksheets[0]
        heads = [c.value for c in sheet[1]]
        names = {
            "numerator": ("covered", "已覆盖数"),
            "unknown": ("unknown", "未知数"),
            "denominator": ("all", "总数"),
            "share": ("share of what is known", "占已知比例"),
        }
        for name, words in names.items():
            column = heads.index(words[language == "zh"]) + 1
            found = [sheet.cell(r, column).value for r in range(3, 3 + len(rows))]
            # A sheet holds 16 digits of a number.
            assert found == [
                r[name] if r[name] is None else pytest.approx(r[name], rel=1e-15) for r in rows
            ], (
                unit,
                name,
            )


def test_no_cell_of_the_workbook_is_a_formula_and_every_name_stands_as_written(atlas: Atlas) -> None:
    made = openpyxl.load_workbook(io.BytesIO(book(atlas, report_of(atlas, 0, language="zh"))))
    cells = [c for sheet in made for row in sheet.iter_rows() for c in row]
    assert [c.coordinate for c in cells if c.data_type == "f" or c.hyperlink] == []
    names = [r[1].value for r in made["行政村"].iter_rows(min_row=3)]
    assert names == NAMES
    assert [s.title for s in made] == ["指标", "行政村", "计算方法", "来源", "说明"]
    for sheet in made:
        assert "模拟数据" in str(sheet.oddHeader.left.text), sheet.title


def test_the_workbook_of_the_city_lists_every_village_and_hamlet(demo: Atlas) -> None:
    made = openpyxl.load_workbook(io.BytesIO(book(demo, report_of(demo, 0, language="en"))), read_only=True)
    rows = {name: sum(1 for _ in made[name].iter_rows(min_row=3)) for name in made.sheetnames}
    assert (rows["county"], rows["village"], rows["natural village"]) == (6, 1_049, 10_000)


def test_the_verb_writes_the_file_that_it_names(
    atlas: Atlas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = str(atlas.snapshot.path)
    done = CliRunner().invoke(app, ["report", folder, "--format", "html", "--lang", "en"])
    assert done.exit_code == 0, done.output
    assert done.stdout.strip() == "cuntong-2015-06-30-999901.html"
    assert "Villages with fibre" in Path(done.stdout.strip()).read_text(encoding="utf-8")
    done = CliRunner().invoke(
        app, ["export", folder, "--table", "gaps", "--service", "fibre", "--out", "g.csv"]
    )
    assert done.exit_code == 0, done.output
    assert done.stdout.split() == ["g.csv", "8"]
    wrong = CliRunner().invoke(app, ["export", folder, "--out", "g.dwg"])
    assert wrong.exit_code == 2
    assert "names no format" in wrong.output
    wrong = CliRunner().invoke(app, ["report", folder, "--lang", "fr"])
    assert wrong.exit_code == 2
    assert "'fr' is no language here" in wrong.output
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cuntong-2015-06-30-999901.html", "g.csv"]
