"""Formats: what a table or a scorecard can be taken away as."""

from __future__ import annotations

from enum import StrEnum


class ExportFormat(StrEnum):
    """A format of a table."""

    GPKG = "gpkg"
    PARQUET = "parquet"
    GEOJSON = "geojson"
    CSV = "csv"
    XLSX = "xlsx"


class ReportFormat(StrEnum):
    """A format of a place's scorecard."""

    PDF = "pdf"
    HTML = "html"
    XLSX = "xlsx"


class TableName(StrEnum):
    """A table that can be taken away."""

    UNITS = "units"
    FACTS = "facts"
    GAPS = "gaps"
    SCORECARD = "scorecard"


#: What a browser is told that each format is.
MEDIA = {
    "gpkg": "application/geopackage+sqlite3",
    "parquet": "application/vnd.apache.parquet",
    "geojson": "application/geo+json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
}


def file_name(as_of: str, what: str, suffix: str) -> str:
    """Return a file's name in letters that every system takes: cuntong-2010-12-31-320402.pdf."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in what)
    return f"cuntong-{as_of}-{plain}.{suffix}"
