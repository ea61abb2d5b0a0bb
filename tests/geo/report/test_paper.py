"""The paper: read back with Poppler, which knows nothing of how it was made."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from geo.atlas import Atlas
from geo.errors import UsageError
from geo.report.content import content_of
from geo.report.fonts import SETTING, font_of, missing
from geo.report.model import report_of
from geo.report.paper import MissingGlyphs, paper, papers
from geo.wording import number, percent
from tests.geo.hostile import NAMES, hostile
from tests.geo.taken import elsewhere, need_fonts, scorecards


@pytest.fixture(autouse=True)
def fonts() -> None:
    need_fonts()


def poppler(tool: str, *args: str) -> str:
    """Run a tool of Poppler; its complaints on standard error are of its own version."""
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not here: install poppler-utils")
    return subprocess.run([tool, *args], capture_output=True, text=True, check=True, errors="replace").stdout


def printed(atlas: Atlas, i: int, folder: Path, language: str = "zh") -> Path:
    path = folder / f"{i}_{language}.pdf"
    path.write_bytes(paper(atlas, report_of(atlas, i, language=language)))
    return path


def flat(path: Path) -> str:
    """The text of a paper without any space."""
    return re.sub(r"\s", "", poppler("pdftotext", "-raw", str(path), "-"))


def carried(path: Path) -> list[dict[str, str]]:
    """The figures that the paper carries inside."""
    out = path.with_suffix(".csv")
    poppler("pdfdetach", "-save", "1", "-o", str(out), str(path))
    raw = out.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def test_the_figures_of_each_township_are_those_of_the_command(demo: Atlas, tmp_path: Path) -> None:
    cards = scorecards(demo.snapshot.path, "township")
    assert len(cards) == 67
    made = papers(demo, [report_of(demo, demo.position(unit), language="zh") for unit in cards])
    for n, rows in enumerate(cards.values()):
        path = tmp_path / f"{n}.pdf"
        path.write_bytes(made[n])
        figures = carried(path)
        assert [r["target_id"] for r in figures] == [r["target_id"] for r in rows]
        text = flat(path)
        for found, row in zip(figures, rows, strict=True):
            for name in (
                "numerator",
                "unknown",
                "denominator",
                "share",
                "share_low",
                "share_high",
                "shortfall",
            ):
                told = float(found[name]) if found[name] else None
                assert told == row[name], (path, name)
            assert percent(row["share"]).replace(" ", "") in text
            assert number(row["denominator"]) in text


def test_papers_set_together_are_the_papers_set_alone(demo: Atlas) -> None:
    made = [report_of(demo, int(i), language="en") for i in demo.at_level("township")[:2]]
    assert papers(demo, made) == [paper(demo, m) for m in made]


def test_hostile_names_stand_on_the_paper_as_written(atlas: Atlas, tmp_path: Path) -> None:
    for language in ("zh", "en"):
        text = flat(printed(atlas, 0, tmp_path, language))
        assert [n for n in NAMES if re.sub(r"\s", "", n) not in text] == []


def test_each_page_is_marked_that_its_data_are_simulated(demo: Atlas, tmp_path: Path) -> None:
    for language, mark in (("zh", "模拟数据"), ("en", "SIMULATED DATA")):
        pages = poppler("pdftotext", str(printed(demo, 0, tmp_path, language)), "-").rstrip("\f").split("\f")
        assert len(pages) > 1
        assert [n for n, page in enumerate(pages) if mark not in page] == []


def test_real_data_bear_no_mark(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real = hostile(tmp_path / "real", kind="official")
    assert "模拟" not in flat(printed(real, 0, tmp_path))


def test_the_paper_is_tagged_archived_and_all_its_fonts_are_inside(demo: Atlas, tmp_path: Path) -> None:
    path = printed(demo, 0, tmp_path)
    about = poppler("pdfinfo", str(path))
    assert re.search(r"^Tagged: +yes", about, re.M)
    assert re.search(r"^Title: +常州市信息基础设施评分表$", about, re.M)
    raw = poppler("pdfinfo", "-meta", str(path))
    assert re.search(r"pdfaid:part>3<", raw)
    assert re.search(r"pdfuaid:part>1<", raw)
    rows = [
        re.search(r"(yes|no) (yes|no) (yes|no) +\d", x)
        for x in poppler("pdffonts", str(path)).splitlines()[2:]
    ]
    assert rows
    assert {m.groups() for m in rows if m} == {("yes", "yes", "yes")}
    structure = poppler("pdfinfo", "-struct", str(path))
    assert {"H1", "H2", "TH", "Figure", "Table"} <= set(re.findall(r"^ *(\w+)", structure, re.M))


def test_no_text_leaves_the_margins_and_no_page_is_almost_empty(demo: Atlas, tmp_path: Path) -> None:
    for i in (0, int(demo.at_level("county")[2]), int(demo.at_level("township")[0])):
        for language in ("zh", "en"):
            boxes = poppler("pdftotext", "-bbox", str(printed(demo, i, tmp_path, language)), "-")
            for page in boxes.split("<page ")[1:]:
                words = [float(x) for x in re.findall(r"xMin=\"([-\d.]+)\"", page)]
                ends = [float(x) for x in re.findall(r"xMax=\"([-\d.]+)\"", page)]
                bottoms = [float(x) for x in re.findall(r"yMax=\"([-\d.]+)\"", page)]
                assert min(words) > 48 - 5, "17 mm"
                assert max(ends) < 595 - 48 + 5
                body = [b for b in bottoms if b < 842 - 60]
                assert max(body) > 160, "more than a line or two"


def test_where_too_much_is_unknown_there_is_nothing_to_sign(atlas: Atlas, tmp_path: Path) -> None:
    signed = flat(printed(atlas, 0, tmp_path))
    assert "单位负责人" in signed
    assert "不足以认定。" not in signed
    (tmp_path / "b").mkdir()
    doubtful = flat(printed(hostile(tmp_path / "b", unknown=5), 0, tmp_path))
    assert "单位负责人" not in doubtful
    assert "不设签章栏：行政村光缆通达率" in doubtful
    assert re.search(r"25\D*不足以认定|不足以认定", doubtful)


def test_the_hash_of_the_manifest_stands_in_full(atlas: Atlas, tmp_path: Path) -> None:
    sums = (atlas.snapshot.path / "SHA256SUMS").read_text(encoding="utf-8")
    assert sums.split()[0] in flat(printed(atlas, 0, tmp_path))


def test_the_square_code_on_a_page_of_150_dpi_is_the_code_of_the_hash(atlas: Atlas, tmp_path: Path) -> None:
    import segno

    path = printed(atlas, 0, tmp_path)
    content = content_of(atlas, report_of(atlas, 0, language="zh"), font="x")
    sums = (atlas.snapshot.path / "SHA256SUMS").read_text(encoding="utf-8")
    assert content["qr_text"] == f"cuntong:sha256:{sums.split()[0]}"
    poppler("pdftoppm", "-r", "150", "-gray", str(path), str(tmp_path / "page"))
    wanted = [
        [bool(c) for c in row] for row in segno.make(content["qr_text"], error="m", boost_error=False).matrix
    ]
    assert any(wanted in squares(p) for p in sorted(tmp_path.glob("page*.pgm")))


def squares(page: Path) -> list[list[list[bool]]]:
    """Find square codes of 41 modules at the right margin of a page; return what each reads as."""
    import numpy as np

    head, size, _, raw = page.read_bytes().split(b"\n", 3)
    assert head == b"P5"
    width, height = (int(x) for x in size.split())
    dark = np.frombuffer(raw, dtype=np.uint8).reshape(height, width) < 128
    right = dark[:, int(width * 0.8) : int(width * 0.93)]
    rows = np.flatnonzero(right.any(axis=1))
    groups = np.split(rows, np.flatnonzero(np.diff(rows) > 12) + 1)
    out = []
    for group in groups:
        block = right[group[0] : group[-1] + 1]
        columns = np.flatnonzero(block.any(axis=0))
        block = block[:, columns[0] : columns[-1] + 1]
        for modules in (37, 41, 45):
            at = [(np.arange(modules) + 0.5) * n / modules for n in block.shape]
            out.append(block[np.ix_(at[0].astype(int), at[1].astype(int))].tolist())
    return out


def test_a_character_that_the_font_lacks_stops_the_paper_and_every_one_is_named(tmp_path: Path) -> None:
    lacking = hostile(tmp_path, names=["甲\U0002a700村", "乙村", "丙\U0002a701村"], unknown=0)
    with pytest.raises(MissingGlyphs, match=r"(?s)U\+2A700.*'甲.*U\+2A701.*Nothing was written"):
        paper(lacking, report_of(lacking, 0, language="zh"))
    out = tmp_path / "out.pdf"
    done = subprocess.run(
        [sys.executable, "-m", "geo", "report", str(lacking.snapshot.path), "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "U+2A700" in done.stderr
    assert "U+2A701" in done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()


def test_fonttools_finds_the_same_characters_in_the_font() -> None:
    """A second reader of the same font file."""
    from fontTools.ttLib import TTCollection, TTFont

    font = font_of()
    file = next(p for p in sorted(font.folder.rglob("*Sans*Regular*")))
    faces = TTCollection(str(file)).fonts if file.suffix == ".ttc" else [TTFont(str(file))]
    mine = next(f for f in faces if font.family in (f["name"].getDebugName(1), f["name"].getDebugName(16)))
    assert font.characters == set(mine.getBestCmap())


def test_what_is_missing_is_told_by_character_in_the_order_met() -> None:
    assert list(missing(["a\U0002a700", "\U0002a701\U0002a700\n"], font_of())) == ["\U0002a700", "\U0002a701"]


def test_a_folder_without_the_font_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    monkeypatch.setenv(SETTING, str(tmp_path))
    with pytest.raises(
        UsageError, match=f"Install fonts-noto-cjk, or name a folder with its files in {SETTING}"
    ):
        font_of()


def test_the_same_bytes_in_another_process_time_zone_and_hash_seed(atlas: Atlas, tmp_path: Path) -> None:
    path = atlas.snapshot.path
    here = elsewhere(path, tmp_path / "a", zone="Asia/Shanghai", seed="1", paper=True)
    there = elsewhere(path, tmp_path / "b", zone="UTC", seed="2", paper=True)
    assert list(here) == ["report_en.pdf", "report_zh.pdf"]
    assert [n for n in here if here[n] != there[n]] == []
