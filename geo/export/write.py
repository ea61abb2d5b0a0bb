"""Write: a table in the format that is asked for, whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from geo.errors import UsageError
from geo.export.columns import Column, column, word
from geo.export.formats import ExportFormat
from geo.export.origin import Origin
from geo.export.tables import ExportTable


def write_export(
    table: ExportTable, origin: Origin, path: Path, *, form: ExportFormat, called: str | None = None
) -> None:
    """Write the table to `path`, replacing what is there in one step.

    Raises
    ------
    UsageError
        It cannot be written there.
    """
    in_place(path, lambda aside: _write(table, origin, aside, form, called or path.name))


def in_place(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` make a file aside and rename it to `path`; after a failure nothing is left.

    Raises
    ------
    UsageError
        The folder is not there or cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".cuntong-") as folder:
            aside = Path(folder) / f"part{path.suffix}"
            write(aside)
            aside.replace(path)
    except OSError as fault:
        if isinstance(fault, UsageError):
            raise
        raise UsageError(
            f"{path.name}: cannot be written: {fault.strerror or fault}. Give another file with --out."
        ) from fault


def _write(table: ExportTable, origin: Origin, path: Path, form: ExportFormat, called: str) -> None:
    if form is ExportFormat.GPKG:
        from geo.export.geopackage import write_geopackage

        write_geopackage(table, origin, path, called=called)
        return
    with path.open("wb") as out:
        if form is ExportFormat.PARQUET:
            from geo.export.geoparquet import write_geoparquet

            write_geoparquet(table, origin, out)
        elif form is ExportFormat.GEOJSON:
            from geo.export.geojson import write_geojson

            write_geojson(table, origin, out)
        elif form is ExportFormat.CSV:
            from geo.export.comma import write_csv

            write_csv(table.frame, out)
        else:
            out.write(book_of(table, origin))


def book_of(table: ExportTable, origin: Origin) -> bytes:
    """Return the table as a workbook, with a sheet on where it comes from."""
    from geo.export.sheet import Sheet, workbook

    language = origin.language
    columns = [column(str(name), language, table.heads) for name in table.frame.columns]
    values = [_shown(table.frame[c.name], c, language) for c in columns]
    about = Sheet(
        "来源" if language == "zh" else "about",
        [Column("about", "来源" if language == "zh" else "where it comes from", "", "text")],
        [[line] for line in (table.title, origin.line, origin.notice, *origin.sources) if line],
    )
    sheet = Sheet("表" if language == "zh" else "table", columns, list(zip(*values, strict=True)))
    return workbook([sheet, about], title=table.title, notice=marked(origin), made=origin.as_of)


def _shown(values: Any, head: Column, language: str) -> list[Any]:
    """Return a column as people read it: closed terms in words."""
    if head.kind == "word":
        return [word(head.name, v, language) for v in values]
    return list(values)


def marked(origin: Origin) -> str:
    """Return the mark of every page: that data are simulated; "" where none are."""
    if not origin.simulated:
        return ""
    return (
        "模拟数据，不反映真实网络"
        if origin.language == "zh"
        else "SIMULATED DATA: says nothing of a real network"
    )
