"""The map: units where they are, names as written, a true scale, all that a map needs inside it."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as Tree

import pytest
from pyproj import Geod

from geo.atlas import Atlas
from geo.export.style import class_label, share_class
from geo.report.model import report_of
from geo.report.picture import bar_metres, picture_of, text_width, wrapped
from tests.geo.hostile import NAMES, hostile

SVG = "{http://www.w3.org/2000/svg}"


def drawn(atlas: Atlas, language: str = "zh", review: str = "") -> Tree.Element:
    made = report_of(atlas, 0, language=language, review=review)
    return Tree.fromstring(picture_of(atlas, made, font="Noto Sans CJK SC").svg)


def texts(svg: Tree.Element) -> list[str]:
    return [t.text or "" for t in svg.iter(f"{SVG}text")]


def test_names_are_text_and_nothing_else_is_in_the_picture(atlas: Atlas) -> None:
    svg = drawn(atlas)
    shown = texts(svg)
    assert [n for n in NAMES if n[:24] not in shown] == []
    assert {e.tag.removeprefix(SVG) for e in svg.iter()} <= {
        "svg", "defs", "pattern", "rect", "line", "circle", "path", "text",
    }  # fmt: skip
    assert [a for e in svg.iter() for a in e.attrib if a.startswith("on") or a.endswith("href")] == []


def test_no_two_names_overlap_and_none_leaves_the_map(atlas: Atlas) -> None:
    svg = drawn(atlas)
    names = {n[:24] for n in NAMES}
    boxes = []
    for t in svg.iter(f"{SVG}text"):
        if t.text in names:
            x, y = float(t.attrib["x"]), float(t.attrib["y"])
            boxes.append((x, y - 7, x + text_width(str(t.text), 9), y + 1))
    assert all(b[0] >= 0 and b[2] <= 452 for b in boxes)
    for n, a in enumerate(boxes):
        for b in boxes[:n]:
            assert not (a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3])


def test_the_legend_counts_every_unit_and_unknown_is_hatched(atlas: Atlas) -> None:
    shown = texts(drawn(atlas))
    counts = {s: shown[shown.index(s) + 1] for s in ("● 已覆盖", "◐ 部分覆盖", "○ 未覆盖", "? 未知")}
    assert list(counts.values()) == ["10", "0", "8", "2"]
    fills = [p.attrib["fill"] for p in drawn(atlas).iter(f"{SVG}path")]
    assert fills.count("url(#unknown)") == 2
    assert fills.count("url(#uncovered)") == 8


def test_the_scale_bar_is_as_long_as_it_says(atlas: Atlas) -> None:
    svg = drawn(atlas)
    (bar,) = (p for p in svg.iter(f"{SVG}path") if re.search(r"v5h[\d.]+v-5", p.attrib["d"]))
    long = float(re.search(r"h([\d.]+)", bar.attrib["d"])[1])  # type: ignore[index]
    (told,) = (t for t in texts(svg) if re.fullmatch(r"[\d.]+ 公里", t))
    (outline,) = (p.attrib["d"] for p in svg.iter(f"{SVG}path") if p.attrib.get("stroke-width") == "1.2")
    xs = [float(x) for x in re.findall(r"([\d.]+),", outline)]
    metres = Geod(ellps="WGS84").inv(119.5, 31.54, 119.6, 31.54)[2]
    assert float(told.split()[0]) * 1000 == pytest.approx(long * metres / (max(xs) - min(xs)), rel=0.01)


@pytest.mark.parametrize(("most", "told"), [(999, 500), (1000, 1000), (2100, 2000), (7, 5), (49_000, 20_000)])
def test_a_bar_is_one_two_or_five_times_a_power_of_ten(most: float, told: float) -> None:
    assert bar_metres(most) == told


def test_note_datum_and_mark_stand_in_the_picture_until_a_review_number_is_stated(atlas: Atlas) -> None:
    shown = texts(drawn(atlas))
    assert "内部资料 不得公开" in shown
    assert any("CGCS2000" in t and "模拟数据" in t for t in shown)
    reviewed = texts(drawn(atlas, review="苏S(2015)001号"))
    assert "审图号：苏S(2015)001号" in reviewed
    assert "内部资料 不得公开" not in reviewed
    assert "Internal map, not for publication" in texts(drawn(atlas, "en"))


def test_the_regions_own_review_number_stands_in_the_picture(tmp_path: Path) -> None:
    own = hostile(tmp_path, kind="official")
    own.manifest["map_review_number"] = "苏S(2026)002号"
    shown = texts(drawn(own))
    assert "审图号：苏S(2026)002号" in shown
    assert "内部资料 不得公开" not in shown
    assert "审图号：苏S(2026)003号" in texts(drawn(own, review="苏S(2026)003号"))


def test_a_place_of_real_data_has_no_mark(tmp_path: Path) -> None:
    real = hostile(tmp_path, kind="official")
    assert [t for t in texts(drawn(real)) if "模拟" in t] == []


def test_classes_of_shares_meet_without_a_hole() -> None:
    shares = (0.0, 0.2499, 0.25, 0.5, 0.75, 0.9499, 0.95, 1.0)
    assert [share_class(s) for s in shares] == [0, 0, 1, 2, 3, 3, 4, 4]
    assert [class_label(n) for n in (0, 4)] == ["0 – <25 %", "95 – 100 %"]


def test_a_unit_of_which_too_much_is_unknown_is_hatched_whatever_its_share(demo: Atlas) -> None:
    county = demo.position("county:320413@2023")
    made = report_of(demo, county, language="en")
    doubtful = [b for b in made.below if b.cells[0].unknown > 0.2 * b.cells[0].denominator]
    svg = Tree.fromstring(picture_of(demo, made, font="x").svg)
    fills = [p.attrib["fill"] for p in svg.iter(f"{SVG}path")]
    assert len(doubtful) > 0
    assert fills.count("url(#unknown)") == len(doubtful)
    shown = texts(svg)
    assert shown[shown.index("? unknown > 20 %") + 1] == str(len(doubtful))


def test_long_names_break_at_spaces_and_ideographs() -> None:
    assert wrapped("reached by fibre", 50, 9) == ["reached", "by fibre"]
    assert wrapped("行政村光缆", 27, 9) == ["行政村", "光缆"]
