"""Every file that can be taken away, written by one process: python -m tests.geo.taken SNAPSHOT FOLDER."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from geo.__main__ import app
from geo.atlas import Atlas
from geo.errors import UsageError
from geo.export.formats import ExportFormat, ReportFormat
from geo.export.origin import origin_of
from geo.export.tables import Choice, export_table
from geo.export.write import write_export
from geo.report.document import document
from geo.report.fonts import font_of
from geo.report.model import report_of
from geo.snapshot import open_snapshot

ROOT = Path(__file__).resolve().parents[2]


def need_fonts() -> None:
    """Skip a test where the font of the paper is not installed; never on the build server."""
    try:
        font_of()
    except UsageError as absent:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(absent))


def scorecards(snapshot: Path, level: str) -> dict[str, list[dict[str, Any]]]:
    """What `cuntong scorecard --format json` says of every unit of a level."""
    told = CliRunner().invoke(app, ["scorecard", str(snapshot), "--level", level, "--format", "json"])
    assert told.exit_code == 0, told.output
    cards: dict[str, list[dict[str, Any]]] = {}
    for row in json.loads(told.stdout):
        cards.setdefault(row["unit_id"], []).append(row)
    return cards


def write_all(snapshot: Path, folder: Path, *, paper: bool) -> None:
    """Write the PDFs, or a report and a table in every other format, in both languages."""
    atlas = Atlas(open_snapshot(snapshot))
    for language in ("en", "zh"):
        made = report_of(atlas, 0, language=language)
        for form in ReportFormat:
            if paper == (form is ReportFormat.PDF):
                (folder / f"report_{language}.{form}").write_bytes(document(atlas, made, form))
        service = atlas.services[0]["id"]
        for name in () if paper else ("units", "facts", "gaps", "scorecard"):
            table = export_table(atlas, Choice(name, 0, service), language)
            for fmt in ExportFormat:
                write_export(
                    table, origin_of(atlas.snapshot, language), folder / f"{name}_{language}.{fmt}", form=fmt
                )


def elsewhere(snapshot: Path, folder: Path, *, zone: str, seed: str, paper: bool) -> dict[str, bytes]:
    """Write all in a process of another time zone and hash seed; return the bytes by file name."""
    folder.mkdir()
    environment = {**os.environ, "TZ": zone, "PYTHONHASHSEED": seed}
    command = [sys.executable, "-m", "tests.geo.taken", str(snapshot), str(folder), "paper" if paper else ""]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


if __name__ == "__main__":
    write_all(Path(sys.argv[1]), Path(sys.argv[2]), paper=bool(sys.argv[3]))
