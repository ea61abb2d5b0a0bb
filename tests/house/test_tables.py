"""The page of tables and the schemas that `cuntong verify` holds tables against say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pandera.pandas as pandera
import pytest

from geo.snapshot.columns import Known
from geo.snapshot.conform import KEYS, TABLES, WORDS
from geo.snapshot.schema import SCHEMAS, plant
from tests.house.test_docs import page, section

NOTHING = Known({}, (), (), (), (), None, {})
HEADINGS = {**{t: f"## {t}" for t in TABLES}, "plant": r"## plant/\<layer\>"}


def schema_of(table: str) -> pandera.DataFrameSchema:
    return plant("layer", NOTHING) if table == "plant" else SCHEMAS[table](NOTHING, pd.DataFrame())


def rows(table: str) -> dict[str, list[str]]:
    """Column -> its cells on the page: type, unit, meaning, what null means."""
    lines = re.findall(r"^\| `([^`]+)` \|(.*)\|$", section(page("tables.md"), HEADINGS[table]), re.M)
    return {name: [cell.strip() for cell in re.split(r"(?<!\\)\|", cells)] for name, cells in lines}


def test_there_is_a_schema_for_every_table_and_no_other() -> None:
    headings = re.findall(r"^## (.*)$", page("tables.md"), re.M)
    assert headings == [h.removeprefix("## ") for h in HEADINGS.values()] + ["manifest.json"]
    assert set(SCHEMAS) == set(TABLES)


@pytest.mark.parametrize("table", HEADINGS)
def test_the_page_and_the_schema_have_the_same_columns(table: str) -> None:
    assert set(rows(table)) == set(schema_of(table).columns)


@pytest.mark.parametrize("table", HEADINGS)
def test_the_page_and_the_schema_agree_on_types(table: str) -> None:
    due = {name: WORDS[str(column.dtype)] for name, column in schema_of(table).columns.items()}
    assert {name: cells[0] for name, cells in rows(table).items()} == due


@pytest.mark.parametrize("table", HEADINGS)
def test_the_page_says_what_null_means_just_where_the_schema_allows_it(table: str) -> None:
    may = {name: column.nullable for name, column in schema_of(table).columns.items()}
    assert {name: not cells[3].startswith("never") for name, cells in rows(table).items()} == may


@pytest.mark.parametrize("table", [t for t in HEADINGS if t not in ("quarantine", "findings")])
def test_the_page_and_the_schema_have_the_same_key(table: str) -> None:
    line = re.search(r"^Key: (.*?)\.( |$)", section(page("tables.md"), HEADINGS[table]), re.M)
    assert line
    key = re.findall(r"`([^`]+)`", line[1])
    assert key == schema_of(table).unique
    assert tuple(key) == KEYS.get(table, ("feature_id",))


def test_the_page_names_no_column_twice() -> None:
    text = Path(__file__).resolve().parents[2].joinpath("docs", "tables.md").read_text(encoding="utf-8")
    for heading in HEADINGS.values():
        names = re.findall(r"^\| `([^`]+)` \|", section(text, heading), re.M)
        assert len(names) == len(set(names)), heading
