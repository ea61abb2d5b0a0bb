"""Conform: whether each table of a snapshot is what its schema says, and which row is not.

Hashes tell that nothing was changed since; this tells that what was written is sound: a program of another
version, or a hand that also mended the hashes, may have written it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.findings import visible
from geo.snapshot.layout import MANIFEST

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pandera
    import pyarrow as pa

    from geo.snapshot.columns import Known

#: At most this many faults are told one by one.
SHOWN = 20

TABLES = ("units", "facts", "rollup", "scorecard", "quarantine", "findings")
KEYS = {
    "units": ("unit_id",),
    "facts": ("unit_id", "service", "operator"),
    "rollup": ("unit_id", "service", "operator", "level", "basis", "class"),
    "scorecard": ("unit_id", "target_id"),
    "quarantine": ("source", "row"),
    "findings": ("source", "row"),
}

#: What the program calls a type, and what docs/tables.md calls it.
WORDS = {
    "category": "text",
    "float64": "real",
    "int64": "integer",
    "bool": "yes/no",
    "datetime64[ms]": "date",
    "datetime64[ns]": "date",  # pandera's name for any of them
    "object": "WKB",
    "list<element: string>[pyarrow]": "list",
    "list<item: string>[pyarrow]": "list",
}

AGAIN = "Run the region again with this version."
UNUSED = "Do not use this row; run the region again."


def misfits(path: Path) -> list[str]:
    """Return what in a snapshot's tables is not as their schemas say, one sentence each; empty when all is.

    Each names the table, the row (1-based, with its key), the column, what is wrong and what to do. The
    first `SHOWN` are told, then how many more there are.

    Parameters
    ----------
    path
        A snapshot whose bytes are as published (see `geo.snapshot.verify`).
    """
    found = list(_misfits(path.resolve()))
    told, rest = found[:SHOWN], len(found) - SHOWN
    return told + ([f"… and {rest:,} more."] if rest > 0 else [])


def _misfits(path: Path) -> Iterator[str]:
    manifest = json.loads((path / MANIFEST).read_bytes())
    try:
        stems = {name.removesuffix(".parquet"): entry["rows"] for name, entry in manifest["tables"].items()}
        known = _known(path, manifest)
    except (LookupError, TypeError, AttributeError) as fault:
        yield f"{MANIFEST}: lacks what the tables are held against ({visible(repr(fault))}). {AGAIN}"
        return
    layers = {f"plant/{layer}": layer for layer in known.plant}
    yield from (f"{t}: the table is missing. {AGAIN}" for t in TABLES if t not in stems)
    yield from (f"{t}: no such table. {AGAIN}" for t in stems if t not in TABLES and t not in layers)
    for stem in (t for t in [*TABLES, *layers] if t in stems):
        table = _read(path, stem)
        if table is None:
            yield f"{stem}: is no Parquet table. {AGAIN}"
            continue
        if table.num_rows != stems[stem]:
            yield f"{stem}: holds {table.num_rows:,} rows, not the {stems[stem]:,} of {MANIFEST}. {AGAIN}"
        yield from _of_table(stem, _frame(table), known, layers.get(stem))


def _read(path: Path, stem: str, columns: list[str] | None = None) -> pa.Table | None:
    """Return a table, or None where its file holds none (or none of these columns)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path / f"{stem}.parquet", columns=columns, partitioning=None)
    except (OSError, pa.ArrowException):
        return None
    return table if columns is None or table.num_columns else None


def _frame(table: pa.Table) -> pd.DataFrame:
    """Return a table as schemas take it: text as categories, lists in Arrow, the rest as pandas has it."""
    import pandas as pd

    columns = {name: _column(table.column(i)) for i, name in enumerate(table.column_names)}
    return pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows))


def _column(values: pa.ChunkedArray) -> Any:
    """Return a column in pandas."""
    import pandas as pd
    import pyarrow as pa

    kind = values.type
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    if pa.types.is_string(inner) or pa.types.is_large_string(inner):
        try:
            words = values if kind is not inner else values.dictionary_encode()
            return words.unify_dictionaries().to_pandas()
        except ValueError:  # a dictionary that holds a word twice
            return values.cast(pa.string()).dictionary_encode().to_pandas()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pd.Series(values, dtype=pd.ArrowDtype(kind))
    return values.to_pandas(date_as_object=False)


def _known(path: Path, manifest: Mapping[str, Any]) -> Known:
    """Return what the tables may name, out of the manifest, the units and the plant."""
    import pandas as pd

    from geo.snapshot.columns import Known

    def ids(stem: str, column: str) -> pd.Index | None:
        table = _read(path, stem, [column]) if f"{stem}.parquet" in manifest["tables"] else None
        return None if table is None else pd.Index(table.column(0).to_pandas().astype(object))

    constant = [x["operator"] for x in manifest["layers"] if isinstance(x["operator"], str)]
    rules = [r["rule"] for s in manifest["services"] for r in s["rules"]]
    return Known(
        levels={x["id"]: x["edition"] for x in manifest["levels"]},
        services=[x["id"] for x in manifest["services"]],
        operators=list(dict.fromkeys([*(x["id"] for x in manifest["operators"]), *constant])),
        rules=list(dict.fromkeys([*rules, "declared"])),
        targets=[x["id"] for x in manifest["targets"]],
        units=ids("units", "unit_id"),
        plant={x["id"]: ids(f"plant/{x['id']}", "feature_id") for x in manifest["layers"]},
    )


def _of_table(stem: str, frame: pd.DataFrame, known: Known, layer: str | None) -> Iterator[str]:
    """Yield a table's faults: of its columns, else of its values."""
    from geo.snapshot import schema

    held = schema.plant(layer, known) if layer else schema.SCHEMAS[stem](known, frame)
    for name, column in held.columns.items():
        if name in frame and frame[name].dtype == object and frame[name].isna().all():
            frame[name] = column.dtype.coerce(frame[name])  # nothing but null has no type of its own
    wrong = sorted(_of_columns(stem, frame, held))
    yield from wrong or _of_values(stem, frame, held)


def _errors(frame: pd.DataFrame, held: pandera.DataFrameSchema) -> list[pandera.errors.SchemaError]:
    import pandera.pandas as pandera

    try:
        held.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as faults:
        return list(faults.schema_errors)
    return []


def _of_columns(stem: str, frame: pd.DataFrame, held: pandera.DataFrameSchema) -> Iterator[str]:
    """Yield which columns are missing, strange or of another type."""
    import pandera.pandas as pandera
    from pandera.errors import SchemaErrorReason as Reason

    bare = {name: pandera.Column(c.dtype, nullable=True) for name, c in held.columns.items()}
    words = [str(c) for c in frame if frame[c].dtype == "category"]
    head = frame.head(0).assign(**{c: frame[c].head(0).cat.remove_unused_categories() for c in words})
    for error in _errors(head, pandera.DataFrameSchema(bare, strict=True)):
        if error.reason_code is Reason.COLUMN_NOT_IN_DATAFRAME:
            yield f"{stem}, column {error.failure_cases}: is missing. {AGAIN}"
        elif error.reason_code is Reason.COLUMN_NOT_IN_SCHEMA:
            yield f"{stem}, column {visible(str(error.failure_cases))}: no such column. {AGAIN}"
        else:
            column = error.schema.name
            due = WORDS.get(str(held.columns[column].dtype), str(held.columns[column].dtype))
            seen = WORDS.get(str(frame[column].dtype), str(frame[column].dtype))
            yield f"{stem}, column {column}: is {seen}, not {due}. {AGAIN}"


def _of_values(stem: str, frame: pd.DataFrame, held: pandera.DataFrameSchema) -> list[str]:
    """Return each value that is wrong, by row, then by column."""
    import pandera.pandas as pandera
    from pandera.errors import SchemaErrorReason as Reason

    order = {name: i for i, name in enumerate(held.columns)}
    # Types are known to be right; to check them again pandera would list the categories of every column.
    bare = {name: pandera.Column(None, c.checks, nullable=c.nullable) for name, c in held.columns.items()}
    found: list[tuple[int, int, str]] = []
    for error in _errors(frame, pandera.DataFrameSchema(bare, unique=held.unique)):
        if error.reason_code is Reason.DUPLICATES:
            column, what = held.unique[-1], f"the key ({', '.join(held.unique)}) stands in another row too"
        elif error.reason_code is Reason.SERIES_CONTAINS_NULLS:
            column, what = error.schema.name, "is null"
        else:
            column, what = error.schema.name, str(error.check.error)
        found += [(row, order[column], what) for row in sorted(set(error.failure_cases["index"]))]
    return [_told(stem, frame, row, list(order)[at], what) for row, at, what in sorted(found)]


def _told(stem: str, frame: pd.DataFrame, row: int, column: str, what: str) -> str:
    """Return one fault in a sentence."""
    key = ", ".join(visible(str(frame[k].iloc[row])) for k in KEYS.get(stem, ("feature_id",)))
    value = frame[column].iloc[row]
    if isinstance(value, bytes) or what.startswith(("is null", "the key")):
        seen = ""
    else:
        seen = (f"'{visible(value)}'" if isinstance(value, str) else visible(str(value))) + " "
    return f"{stem}, row {row + 1} ({key}), column {column}: {seen}{what}. {UNUSED}"
