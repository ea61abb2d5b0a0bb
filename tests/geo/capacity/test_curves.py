"""Curves: every file says its source, may be replaced, and a bad line is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.capacity.curves import FILES, SHIPPED, read_curves
from geo.errors import SourceError


def test_every_shipped_file_says_source_mark_and_licence() -> None:
    for name, heads in read_curves().sources.items():
        assert {"source", "mark", "licence"} <= {h.split(":")[0] for h in heads}, name
    assert {p.stem for p in SHIPPED.glob("*.csv")} == set(FILES)


def test_a_file_of_the_same_name_replaces_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "splitter.csv").write_text("# source: mine\nsplit,loss_db\n32,16.0\n", encoding="utf-8")
    curves = read_curves(tmp_path)
    assert curves.splitter == {32: 16.0}
    assert curves.sources["splitter"] == ("source: mine",)
    assert curves.pon == read_curves().pon


HEAD = "# source: mine\ntechnology,scenario,conductor_mm,loop_m,down_mbps\n"


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("splitter", "split,loss_db\n8,1\n", "splitter.csv: says no source"),
        ("splitter", "# source: x\nsplit\n8\n", "lacks the columns loss_db"),
        ("splitter", "# source: x\nsplit,loss_db\n8\n", "line 3: 1 cells of 2"),
        ("splitter", "# source: x\nsplit,loss_db\n8,\n", "line 3: could not convert"),
        ("splitter", "# source: x\nsplit,loss_db\n8,nan\n", "line 3: 'nan' is no finite number"),
        (
            "copper",
            HEAD + "a,p,0.40,100,5\na,p,0.40,200,6\n",
            r"line 4: a p 0.40 mm gives 6 Mbps at 200 m after 5",
        ),
        ("copper", HEAD + "a,p,0.40,100,5\na,p,0.40,100,5\n", "line 4: .* a length stands once"),
        ("copper", HEAD + "a,p,0.40,100,-5\n", "line 3: -5 is below 0"),
        (
            "shared",
            "# source: x\ntechnology,medium,per,capacity_mbps,wire_m,fixed,mark\nx,coax,,1,,perhaps,\n",
            "line 3: fixed is 'perhaps'",
        ),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, file: str, text: str, message: str) -> None:
    (tmp_path / f"{file}.csv").write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=message):
        read_curves(tmp_path)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pon.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SourceError, match=r"pon\.csv: cannot be read as UTF-8"):
        read_curves(tmp_path)
