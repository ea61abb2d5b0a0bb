"""Excel workbooks: what a sheet hides is said, what it lost is refused, the rest is read without loss."""

from __future__ import annotations

import datetime as dt
import io
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet

from geo.read import package, workbook
from geo.read.sheet import column_letters, range_of
from geo.read.table import Refused
from geo.read.workbook import read_workbook
from geo.terms import Action
from tests.geo.read.manifest import assert_as_manifest_says, cases, outcome

ROWS = [["code", "name", "n"], ["01", "新桥", 1], ["02", "南湾", 2], ["03", "后港", 3]]
SHEET = "xl/worksheets/sheet1.xml"

Change = Callable[[openpyxl.Workbook, Worksheet], None]


def book(rows: list[list[Any]] | None = None, change: Change | None = None) -> bytes:
    made = openpyxl.Workbook()
    page = made.active
    page.title = "村"
    for row in ROWS if rows is None else rows:
        page.append(row)
    if change is not None:
        change(made, page)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def edited(data: bytes, edit: dict[str, Callable[[str], str]]) -> bytes:
    """Return the workbook with the text of members passed through functions; a member may be new."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for member in dict.fromkeys([*source.namelist(), *edit]):
            content = source.read(member) if member in source.namelist() else b""
            target.writestr(member, edit[member](content.decode()).encode() if member in edit else content)
    return out.getvalue()


def replaced(data: bytes, name: str, old: str, new: str) -> bytes:
    """Return the workbook with text of one member replaced."""

    def change(content: str) -> str:
        assert old in content
        return content.replace(old, new, 1)

    return edited(data, {name: change})


def with_shared_strings(data: bytes) -> bytes:
    """Return the workbook as Excel writes it: texts in a part of their own, cells hold their numbers."""
    texts: list[str] = []

    def number(found: re.Match[str]) -> str:
        texts.append(found.group(2))
        return f'<c {found.group(1)} t="s"><v>{len(texts) - 1}</v></c>'

    def sheet(content: str) -> str:
        return re.sub(r'<c ([^>]*?) t="inlineStr"><is>(.*?)</is></c>', number, content)

    def strings(_: str) -> str:
        items = "".join(f"<si>{t}</si>" for t in texts)
        return f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{items}</sst>'

    def types(content: str) -> str:
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
        part = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
        return content.replace("</Types>", part)

    edit = {SHEET: sheet, "xl/sharedStrings.xml": strings, "[Content_Types].xml": types}
    return edited(data, edit)


def cells(**values: Any) -> Change:
    def change(_: openpyxl.Workbook, page: Worksheet) -> None:
        for at, value in values.items():
            page[at] = value

    return change


def merged(*areas: str) -> Change:
    def change(_: openpyxl.Workbook, page: Worksheet) -> None:
        for area in areas:
            page.merge_cells(area)

    return change


def formula(data: bytes) -> bytes:
    """Return the workbook with a formula in C2 that has its value stored."""
    return replaced(data, SHEET, '<c r="C2" t="n"><v>1</v></c>', '<c r="C2"><f>1+0</f><v>1</v></c>')


def hidden(made: openpyxl.Workbook, page: Worksheet) -> None:
    page.row_dimensions[3].hidden = True
    page.column_dimensions["B"].hidden = True
    made.create_sheet("旧").append([1])
    made["旧"].sheet_state = "hidden"


def second_sheet(made: openpyxl.Workbook, _: Worksheet) -> None:
    made.create_sheet("附").append([1])


def macintosh(made: openpyxl.Workbook, page: Worksheet) -> None:
    made.epoch = CALENDAR_MAC_1904
    page["C2"] = dt.date(2010, 12, 5)


def encrypted(data: bytes) -> bytes:
    """Return the workbook with the flag of encryption set on every member of the directory."""
    out, at = bytearray(data), 0
    while (at := out.find(b"PK\x01\x02", at)) >= 0:
        out[at + 8] |= 1
        at += 4
    return bytes(out)


#: rule -> (bytes, action, row that is named, a piece of the English message)
BROKEN: dict[str, tuple[bytes, Action, str, str]] = {
    "workbook.empty_file": (b"", Action.REJECT, "", "empty"),
    "workbook.format": (b"<table><tr><td>code</td></tr></table>", Action.REJECT, "", "HTML"),
    "workbook.damaged": (book()[:-60], Action.REJECT, "", "zip cannot be read"),
    "workbook.encrypted": (encrypted(book()), Action.REJECT, "", "encrypted"),
    "workbook.dtd": (
        replaced(book(), SHEET, "<worksheet", '<!DOCTYPE x [<!ENTITY a "b">]><worksheet'),
        Action.REJECT,
        "",
        SHEET,
    ),
    "workbook.sheets": (book(change=second_sheet), Action.REJECT, "", "村, 附"),
    "workbook.empty_sheet": (book([]), Action.REJECT, "", "sheet 村 is empty"),
    "workbook.hidden_sheets": (book(change=hidden), Action.NOTICE, "", "旧"),
    "workbook.hidden_rows": (book(change=hidden), Action.NOTICE, "", "sheet rows 3"),
    "workbook.hidden_columns": (book(change=hidden), Action.NOTICE, "", "like the others: B"),
    "workbook.range": (
        book(change=cells(XFD1048576=" ")),
        Action.REPAIR,
        "",
        "only A1:C4",
    ),
    "workbook.formula_values": (formula(book()), Action.NOTICE, "", "1 cells hold formulas"),
    "workbook.formula": (book(change=cells(C3="=1+1")), Action.QUARANTINE, "line 3 (02)", "C3"),
    "workbook.lost_digits": (
        book(change=cells(C3=123456789012345678)),
        Action.QUARANTINE,
        "line 3 (02)",
        "C3",
    ),
    "workbook.error_cell": (book(change=cells(C3="#N/A")), Action.QUARANTINE, "line 3 (02)", "#N/A"),
    "workbook.merged_header": (
        book([["村", None, "户"], *ROWS], merged("A1:B1")),
        Action.REJECT,
        "",
        "lines 1 to 2",
    ),
    "workbook.merged": (
        book([*ROWS[:2], ["02", None, 2], ["03", None, 3]], merged("B2:B4")),
        Action.REPAIR,
        "line 3 (02)",
        "B2:B4",
    ),
    "workbook.code_number": (book(change=cells(A2=320402001001)), Action.REPAIR, "", "such as 320402001001"),
    "workbook.date_1904": (book(change=macintosh), Action.REPAIR, "", "1 dates"),
    "header.title_lines": (book([["2010年情况表"], *ROWS], merged("A1:C1")), Action.REJECT, "", "line 2"),
    "header.no_rows": (book(ROWS[:1]), Action.REJECT, "", "no row"),
    "row.total": (book([*ROWS, ["合计", None, 6]]), Action.QUARANTINE, "line 5 (合计)", "合计"),
    "row.full_width": (book(change=cells(C3="１２")), Action.REPAIR, "line 3 (02)", "in n"),
    "delimited.long_field": (
        replaced(book(change=cells(B3="@@")), SHEET, "@@", "塘" * 100_001),
        Action.QUARANTINE,
        "line 3 (02)",
        "100001 characters",
    ),
}


def write(folder: Path, data: bytes) -> Path:
    path = folder / "book.xlsx"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("rule", BROKEN)
def test_each_broken_workbook_is_named_by_rule_action_and_line(rule: str, tmp_path: Path) -> None:
    data, action, row, said = BROKEN[rule]
    _, findings = outcome(read_workbook, write(tmp_path, data))
    found = next(f for f in findings if f.rule == rule)
    assert (found.action, found.row) == (action, row)
    assert said in found.message()


def test_a_sound_workbook_is_text_and_has_no_finding(tmp_path: Path) -> None:
    table = read_workbook(write(tmp_path, book()))
    assert table.findings == []
    assert table.layer == "村"
    assert table.frame.to_numpy().tolist() == [["01", "新桥", "1"], ["02", "南湾", "2"], ["03", "后港", "3"]]
    assert dict(table.lines) == {1: 2, 2: 3, 3: 4}


@pytest.mark.parametrize("case", cases("xlsx"), ids=lambda c: c["id"])
def test_the_reference_corpus_comes_out_as_its_manifest_says(case: dict[str, str]) -> None:
    assert_as_manifest_says(case, read_workbook)


def test_every_kind_of_value_becomes_its_text_without_loss(tmp_path: Path) -> None:
    values = {
        320402001001: "320402001001",
        -7: "-7",
        0: "0",
        119.958: "119.958",
        31.82099999999999: "31.82099999999999",
        1e-7: "0.0000001",
        999999999999999: "999999999999999",
        True: "TRUE",
        dt.date(2010, 12, 5): "2010-12-05",
        dt.datetime(2010, 12, 5, 8, 30): "2010-12-05T08:30:00",
        dt.time(8, 30): "08:30:00",
        "NA": "NA",
        "007": "007",
        " x ": " x ",
        "=x": "=x",
    }
    rows: list[list[Any]] = [["name", "value"], *([f"r{i}", v] for i, v in enumerate(values))]

    def as_text(_: openpyxl.Workbook, page: Worksheet) -> None:
        page.cell(len(values) + 1, 2).data_type = "s"

    frame = read_workbook(write(tmp_path, book(rows, as_text))).frame
    assert frame["value"].tolist() == list(values.values())


def test_a_format_of_zeros_gives_the_leading_zeros_that_the_sheet_shows(tmp_path: Path) -> None:
    def padded(_: openpyxl.Workbook, page: Worksheet) -> None:
        page["A2"], page["A2"].number_format = 20402001001, "000000000000"

    table = read_workbook(write(tmp_path, book(change=padded)))
    assert table.frame["code"].tolist()[0] == "020402001001"


def test_blank_rows_and_nameless_empty_columns_are_no_data(tmp_path: Path) -> None:
    table = read_workbook(write(tmp_path, book([ROWS[0], [None], *ROWS[1:2], [" "], *ROWS[2:3]])))
    assert table.frame["code"].tolist() == ["01", "02"]
    assert dict(table.lines) == {1: 3, 2: 5}


def test_a_sheet_is_chosen_by_name_even_when_hidden(tmp_path: Path) -> None:
    path = write(tmp_path, book(change=hidden))
    with pytest.raises(Refused, match="There is no sheet x; the sheets are 村, 旧"):
        read_workbook(path, sheet="x")
    with pytest.raises(Refused, match="a header and no row"):
        read_workbook(path, sheet="旧")
    assert len(read_workbook(path, sheet="村").frame) == 3


def test_blank_sheets_beside_the_data_need_no_name(tmp_path: Path) -> None:
    def blank(made: openpyxl.Workbook, _: Worksheet) -> None:
        made.create_sheet("Sheet2")

    assert len(read_workbook(write(tmp_path, book(change=blank))).frame) == 3


def test_numbers_that_lost_digits_in_most_rows_refuse_the_sheet(tmp_path: Path) -> None:
    change = cells(A2=320411100200123456, A3=320411100201123456)
    with pytest.raises(Refused, match=r"column code have more than 15 digits.*A2, A3"):
        read_workbook(write(tmp_path, book(change=change)))


def test_formulas_without_values_in_most_rows_refuse_the_sheet(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"2 formula\(s\) in column n have no stored value \(C2, C3\)"):
        read_workbook(write(tmp_path, book(change=cells(C2="=1", C3="=2"))))


def test_a_cell_in_the_far_corner_costs_nothing(tmp_path: Path) -> None:
    begin = time.process_time()
    assert len(read_workbook(write(tmp_path, book(change=cells(XFD1048576=" ")))).frame) == 3
    assert time.process_time() - begin < 3
    with pytest.raises(Refused, match="columns 16384, at most 2000"):
        read_workbook(write(tmp_path, book(change=cells(XFD1048576="x"))))


def test_shared_strings_are_read_like_texts_in_cells(tmp_path: Path) -> None:
    rows = [["code", "name"], ["01", " 新 桥 "], ["02", "=1+1"], ["03", " "]]

    def change(_: openpyxl.Workbook, page: Worksheet) -> None:
        page["B3"].data_type = "s"
        page["XFD1048576"] = "\t "

    begin = time.process_time()
    table = read_workbook(write(tmp_path, with_shared_strings(book(rows, change))))
    assert table.frame["name"].tolist()[:2] == [" 新 桥 ", "=1+1"]
    assert table.frame["name"].isna().tolist() == [False, False, True]
    assert [f.rule for f in table.findings] == ["workbook.range"]
    assert time.process_time() - begin < 3


def test_limits_of_the_package_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, book())
    for name, limit, said in (
        ("ARCHIVE_MEMBERS", 3, "members"),
        ("UNPACKED_BYTES", 1000, "bytes"),
        ("FILE_BYTES", 1000, "bytes"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(package, name, limit)
            with pytest.raises(Refused, match=f"above a limit: {said}"):
                read_workbook(path)
    monkeypatch.setattr(workbook, "_CELLS", 11)
    with pytest.raises(Refused, match="above a limit: cells 12, at most 11"):
        read_workbook(path)


def test_a_package_that_unpacks_a_thousandfold_is_refused_before_it_is_read(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/workbook.xml", b" " * (64 * 2**20))
    with pytest.raises(Refused, match="above a limit: ratio"):
        read_workbook(write(tmp_path, out.getvalue()))


def test_a_document_type_hides_in_no_encoding_and_under_no_name(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as bad:
        bad.writestr("xl/worksheets/sheet1.png", '<?xml version="1.0"?><!DOCTYPE x><x/>'.encode("utf-16"))
    with pytest.raises(Refused, match="DTD"):
        read_workbook(write(tmp_path, out.getvalue()))


@pytest.mark.parametrize("member", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", SHEET, "xl/styles.xml"])
def test_a_part_that_is_no_xml_is_named(member: str, tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book())) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            target.writestr(
                name, b"<worksheet><sheetData><row><c><v>" if name == member else source.read(name)
            )
    with pytest.raises(Refused, match="damaged"):
        read_workbook(write(tmp_path, out.getvalue()))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "97-2003"),
        (b"%PDF-1.4", "PDF"),
        (b"code,name\n", r"\?"),
    ],
)
def test_other_formats_under_the_name_are_named(data: bytes, kind: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=kind):
        read_workbook(write(tmp_path, data))


@pytest.mark.parametrize(("column", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (16384, "XFD")])
def test_columns_are_named_as_the_sheet_names_them(column: int, letters: str) -> None:
    assert column_letters(column) == letters
    assert range_of(f"{letters}7") == (7, column, 7, column)


TEXT = st.text(
    st.characters(
        min_codepoint=32,
        exclude_categories=["Cs", "Cn", "Co"],
        exclude_characters="０１２３４５６７８９\ufffe\uffff",
    ),
    max_size=10,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(TEXT, st.integers(-(10**14), 10**14), st.floats(-1e6, 1e6)), min_size=1, max_size=6
    )
)
def test_what_is_written_is_read_without_loss(rows: list[tuple[str, int, float]], tmp_path: Path) -> None:
    def texts(_: openpyxl.Workbook, page: Worksheet) -> None:
        for i, (text, _whole, _number) in enumerate(rows, 2):
            page.cell(i, 2).value = text
            page.cell(i, 2).data_type = "s"

    made = book(
        [["code", "name", "n", "x"], *([f"{i:04d}", "", n, x] for i, (_, n, x) in enumerate(rows))], texts
    )
    frame = read_workbook(write(tmp_path, made)).frame
    assert frame["code"].tolist() == [f"{i:04d}" for i in range(len(rows))]
    assert [int(v) for v in frame["n"]] == [n for _, n, _ in rows]
    assert [float(v) for v in frame["x"]] == [float(f"{x:.16g}") for _, _, x in rows], (
        "openpyxl writes 16 digits"
    )
    assert ["" if pd.isna(v) else v for v in frame["name"]] == [t if t.strip() else "" for t, _, _ in rows]


def test_a_sheet_of_plain_texts_reads_the_same_with_and_without_the_library(monkeypatch):
    path = Path(__file__).parents[3] / "data" / "networks" / "declared_services.xlsx"
    quick = read_workbook(path)
    monkeypatch.setattr("geo.read.sheet.TEXTS", 0)
    slow = read_workbook(path)
    pd.testing.assert_frame_equal(quick.frame, slow.frame)
    assert (quick.lines, quick.findings) == (slow.lines, slow.findings)
