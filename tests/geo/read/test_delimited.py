"""CSV and TSV: what is sound is read letter for letter, what is broken is named by line and rule."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.read import delimited
from geo.read.delimited import read_delimited
from geo.read.table import Refused
from geo.terms import Action
from tests.geo.read.manifest import assert_as_manifest_says, case_path, cases, outcome

#: Cases of the family csv whose fault is in the values, not in the format: found by the checks.
LEFT_TO_CHECKS = {
    "csv_scientific_codes",
    "csv_scientific_some",
    "csv_leading_zero_lost",
    "csv_code_float",
    "csv_thousands",
    "csv_wan",
    "csv_empty_vs_zero",
    "csv_missing_column",
    "csv_dms",
    "csv_null_island",
}

HEAD = "code,name,households\n"
ROW = "320402001001,新桥,12\n"
GOOD = HEAD + ROW + "320402001002,南湾,0\n"
LONG = "塘" * 100_001

#: rule -> (bytes, action, row that is named, a piece of the English message)
BROKEN: dict[str, tuple[bytes, Action, str, str]] = {
    "encoding.detected": (GOOD.encode("gbk"), Action.REPAIR, "", "GBK"),
    "encoding.mixed": (GOOD.encode() + "3,后港,4\n".encode("gbk"), Action.REJECT, "", "line 4"),
    "encoding.unknown": (b"code,name\n1,\xff\xff\n", Action.REJECT, "", "byte 12"),
    "encoding.nul": (GOOD.encode() + b"3,\x00,4\n", Action.REJECT, "", "line 4"),
    "header.title_lines": (("2010年情况表,,\n" + GOOD).encode(), Action.REJECT, "", "seems to be line 2"),
    "header.is_data": ((ROW + ROW).encode(), Action.REJECT, "", "Line 1 looks like data"),
    "header.duplicate": (b"code,n,n\n1,2,3\n", Action.REJECT, "", "columns 2, 3"),
    "header.blank": (b"code,,n\n1,2,3\n", Action.REPAIR, "", "column_2"),
    "header.cleaned": ("代 码\u200b,name\n1,2\n".encode(), Action.REPAIR, "line 1", "代码"),
    "header.columns": (
        ",".join(f"c{i}" for i in range(2001)).encode() + b"\n",
        Action.REJECT,
        "",
        "2001 columns",
    ),
    "header.no_rows": (HEAD.encode(), Action.REJECT, "", "a header and no row"),
    "row.total": ((GOOD + "合计,,12\n").encode(), Action.QUARANTINE, "line 4 (合计)", "says 合计"),
    "row.full_width": (
        (HEAD + "３２０,新桥,１２\n" + ROW).encode(),
        Action.REPAIR,
        "line 2 (320)",
        "code, households",
    ),
    "delimited.empty": (b"\xef\xbb\xbf\n\n", Action.REJECT, "", "The file is empty"),
    "delimited.format": (b"<!DOCTYPE html><html></html>", Action.REJECT, "", "HTML"),
    "delimited.separator": (GOOD.replace(",", ";").encode(), Action.NOTICE, "", "separated by ;"),
    "delimited.decimal_comma": (b"code;lon\n1;119,738\n2;31,8\n", Action.REPAIR, "", "119,738"),
    "delimited.line_ends": (b"code,n\r\n1,2\n3,4\r5,6\n", Action.REPAIR, "", "1 CRLF, 2 LF, 1 CR"),
    "delimited.no_last_end": (GOOD.rstrip().encode(), Action.NOTICE, "", "may have been cut"),
    "delimited.field_count": (
        (GOOD + "3,a,b,4\n" + ROW).encode(),
        Action.QUARANTINE,
        "line 4 (3)",
        "4 fields",
    ),
    "delimited.mostly_ragged": (b"code,n\n1,2,3\n1,2,3\n1,2\n", Action.REJECT, "", "2 of 3 lines"),
    "delimited.trailing_separators": (b"code,n\n1,2,,\n1,3\n", Action.NOTICE, "", "1 lines"),
    "delimited.unbalanced_quote": (
        (HEAD + ROW + '3,"后港,1\n' + ROW).encode(),
        Action.REJECT,
        "",
        "opens in line 3",
    ),
    "delimited.stray_quote": ((GOOD + '3,"a"b,4\n').encode(), Action.QUARANTINE, "line 4 (3)", "line 4"),
    "delimited.long_field": (
        (GOOD + f"3,{LONG},4\n").encode(),
        Action.QUARANTINE,
        "line 4 (3)",
        "100001 characters",
    ),
}


def write(folder: Path, data: bytes | str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


@pytest.mark.parametrize("rule", BROKEN)
def test_each_broken_file_is_named_by_rule_action_and_line(rule: str, tmp_path: Path) -> None:
    data, action, row, said = BROKEN[rule]
    _, findings = outcome(read_delimited, write(tmp_path, data))
    found = next(f for f in findings if f.rule == rule)
    assert (found.action, found.row, found.source) == (action, row, "table.csv")
    assert said in found.message()


@pytest.mark.parametrize(
    "data", [GOOD, "\ufeff" + GOOD, GOOD.replace("\n", "\r\n")], ids=["plain", "mark", "crlf"]
)
def test_a_sound_file_has_no_finding(data: str, tmp_path: Path) -> None:
    table = read_delimited(write(tmp_path, data))
    assert table.findings == []
    assert table.frame.to_dict("list") == {
        "code": ["320402001001", "320402001002"],
        "name": ["新桥", "南湾"],
        "households": ["12", "0"],
    }
    assert list(table.frame.index) == [1, 2]
    assert dict(table.lines) == {1: 2, 2: 3}


@pytest.mark.parametrize(
    "case", [c for c in cases("csv") if c["id"] not in LEFT_TO_CHECKS], ids=lambda c: c["id"]
)
def test_the_reference_corpus_comes_out_as_its_manifest_says(case: dict[str, str]) -> None:
    assert_as_manifest_says(case, read_delimited)


@pytest.mark.parametrize(
    "case", [c for c in cases("csv") if c["id"] in LEFT_TO_CHECKS], ids=lambda c: c["id"]
)
def test_a_fault_of_values_passes_the_reader_unchanged(case: dict[str, str]) -> None:
    path = case_path(case)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    frame = read_delimited(path).frame
    same = [[v or None for v in r] for r in rows[1:]]
    read = [[None if pd.isna(v) else v for v in r] for r in frame.to_numpy()]
    wide = sum(a != b for x, y in zip(same, read, strict=True) for a, b in zip(x, y, strict=True))
    assert wide <= (1 if case["id"] == "csv_thousands" else 0)


def test_words_for_missing_stay_text_and_only_empty_cells_are_missing(tmp_path: Path) -> None:
    frame = read_delimited(write(tmp_path, "code,name\n1,NA\n2,null\n3,None\n4,\n5,nan\n6,无\n")).frame
    assert frame["name"].isna().tolist() == [False, False, False, True, False, False]
    assert frame["name"].dropna().tolist() == ["NA", "null", "None", "nan", "无"]


def test_a_line_break_within_quotes_keeps_its_field_and_moves_the_line_numbers(tmp_path: Path) -> None:
    table = read_delimited(write(tmp_path, 'code,name\n1,"上\r\n塘"\n2,"a ""b"""\n'))
    assert table.frame["name"].tolist() == ["上\r\n塘", 'a "b"']
    assert dict(table.lines) == {1: 2, 2: 4}
    assert table.findings == []


def test_two_stray_quotes_that_swallow_a_line_refuse_the_file_where_the_first_opens(tmp_path: Path) -> None:
    lines = "code,a,b,c\n1,1,1,1\n" + '2,"x,1,1\n3,1,1,1\n4,1,1,1\n5,y",1,1\n' + "6,1,1,1\n"
    with pytest.raises(Refused, match="opens in line 3"):
        read_delimited(write(tmp_path, lines))


def test_a_quote_that_closes_at_the_start_of_a_later_field_is_no_field(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="opens in line 2"):
        read_delimited(write(tmp_path, 'code,a,b\n1,"x,1\n2,"1,204",1\n3,1,1\n'))


def test_commas_that_may_part_thousands_are_left_for_the_check(tmp_path: Path) -> None:
    table = read_delimited(write(tmp_path, "code;households\n1;1,204\n2;12\n"))
    assert table.frame["households"].tolist() == ["1,204", "12"]
    assert {f.rule for f in table.findings} == {"delimited.separator"}


def test_formulas_and_markup_stay_text(tmp_path: Path) -> None:
    texts = [
        "=1+1",
        "@SUM(A1)",
        "+1",
        "-2+3",
        "<img src=x onerror=alert(1)>",
        "${7*7}",
        "'; DROP TABLE units;--",
    ]
    table = read_delimited(
        write(tmp_path, "code,name\n" + "".join(f"{i},{t}\n" for i, t in enumerate(texts)))
    )
    assert table.frame["name"].tolist() == texts
    assert table.findings == []


@pytest.mark.parametrize("mark", ["utf-16-le", "utf-16-be"])
def test_utf16_with_its_mark_is_read_and_said(mark: str, tmp_path: Path) -> None:
    data = ("\ufeff" + GOOD.replace(",", "\t")).encode(mark)
    table = read_delimited(write(tmp_path, data, "unicode.txt"))
    assert table.frame["name"].tolist() == ["新桥", "南湾"]
    assert {f.rule for f in table.findings} == {"encoding.detected", "delimited.separator"}


def test_a_declared_encoding_must_be_the_one_found(tmp_path: Path) -> None:
    gbk, utf8 = write(tmp_path, GOOD.encode("gbk"), "a.csv"), write(tmp_path, GOOD, "b.csv")
    assert read_delimited(gbk, encoding="gbk").findings == []
    for path, declared, rule in (
        (gbk, "utf-8", "encoding.declared_wrong"),
        (utf8, "gbk", "encoding.declared_utf8"),
        (utf8, "klingon", "encoding.declared_unknown"),
    ):
        with pytest.raises(Refused) as caught:
            read_delimited(path, encoding=declared)
        assert caught.value.finding.rule == rule


def test_latin_text_is_not_taken_for_chinese(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="encoding is not known"):
        read_delimited(write(tmp_path, "code,name\n1,Évora Èze Ávila\n".encode("latin-1")))


def test_expected_columns_find_a_header_below_titles_of_many_cells(tmp_path: Path) -> None:
    path = write(tmp_path, "县,表,年\n" + GOOD)
    with pytest.raises(Refused, match="seems to be line 2"):
        read_delimited(path, header_columns=["code", "households"])


def test_a_nameless_empty_column_is_dropped_and_a_blank_line_is_no_row(tmp_path: Path) -> None:
    table = read_delimited(write(tmp_path, "code,n,\n1,2,\n\n,,\n3,4,\n"))
    assert list(table.frame.columns) == ["code", "n"]
    assert dict(table.lines) == {1: 2, 2: 5}
    assert table.findings == []


def test_the_limits_of_bytes_and_rows_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, GOOD)
    monkeypatch.setattr(delimited, "ROWS", 1)
    with pytest.raises(Refused, match="more rows than the limit of 1"):
        read_delimited(path)
    monkeypatch.setattr(delimited, "FILE_BYTES", 10)
    with pytest.raises(Refused, match="above the limit of 10"):
        read_delimited(path)


def test_a_hostile_value_is_never_echoed_whole(tmp_path: Path) -> None:
    _, findings = outcome(read_delimited, write(tmp_path, f"code,n\n1,2\n{'A' * 500}\u202e,2,3\n4,5\n"))
    assert all(len(f.row) < 60 and "\u202e" not in f.row for f in findings)


def test_blocks_of_rows_join_to_one_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_BLOCK", 7)
    path = write(tmp_path, "code,n\n" + "".join(f"{i:04d},{i}\n" for i in range(100)))
    table = read_delimited(path)
    assert table.frame["code"].tolist() == [f"{i:04d}" for i in range(100)]
    assert list(table.frame.index) == list(range(1, 101))


CELL = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\ufeff", exclude_categories=["Cs"]), max_size=12
) | st.sampled_from(
    ["NA", "null", "None", "", "007", "1e5", "1,204", 'a "b"', "a\nb", "=1+1", " x ", "-", "#N/A", "TRUE"]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.integers(1, 10**12), CELL, CELL), min_size=1, max_size=12),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_is_written_is_read_letter_for_letter(
    rows: list[tuple[int, str, str]], quoting: int, tmp_path: Path
) -> None:
    # full-width numbers are made narrow; and Python writes a lone CR bare unless it quotes all
    refused = set("０１２３４５６７８９") | (set() if quoting == csv.QUOTE_ALL else {"\r"})
    rows = [r for r in rows if not (refused & set(r[1] + r[2]))] or [(1, "a", "b")]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n", quoting=quoting)
    writer.writerow(["code", "name", "note"])
    writer.writerows([f"{code:012d}", *texts] for code, *texts in rows)
    frame = read_delimited(write(tmp_path, buffer.getvalue())).frame
    read = [["" if pd.isna(v) else v for v in r] for r in frame.to_numpy()]
    assert read == [[f"{code:012d}", *texts] for code, *texts in rows]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200) | st.text('",;\n\r\t12ab合', max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused_with_a_finding(data: bytes, tmp_path: Path) -> None:
    table, findings = outcome(read_delimited, write(tmp_path, data))
    assert (table is None) == any(f.action is Action.REJECT for f in findings)
    assert all(f.message() and f.message("zh") and f.remedy("zh") for f in findings)


def test_reading_costs_seconds_per_million_cells_not_minutes(tmp_path: Path) -> None:
    path = write(
        tmp_path, "code,name,a,b,c,d,e,f\n" + "".join(f"{i},新桥村,1,2,3,4,5,{i}\n" for i in range(10_000))
    )
    begin = time.process_time()
    assert len(read_delimited(path).frame) == 10_000
    assert time.process_time() - begin < 1.5, "0.08 s where it was written: ten times that is a fault"
