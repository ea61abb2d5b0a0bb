"""Take away: the verbs `report` and `export` of the command; thin, as all verbs are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo.export.formats import ExportFormat, ReportFormat, TableName, file_name

if TYPE_CHECKING:
    from geo.atlas import Atlas

Folder = Annotated[
    Path, typer.Argument(help="Snapshot folder, or a folder of snapshots (its latest).", metavar="SNAPSHOT")
]
Lang = Annotated[str | None, typer.Option("--lang", help="en or zh (else the region's language).")]
Unit = Annotated[
    str | None, typer.Option("--unit", help="A unit by id, code or name (else the whole region).")
]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.command()(report)
    app.command()(export)


def report(
    snapshot: Folder,
    unit: Unit = None,
    form: Annotated[
        ReportFormat, typer.Option("--format", help="Paper, page or workbook.")
    ] = ReportFormat.PDF,
    since: Annotated[
        Path | None, typer.Option("--since", help="Earlier snapshot, to say what changed.")
    ] = None,
    review_number: Annotated[
        str, typer.Option("--review-number", help="Review number of the map (审图号), where it has one.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--out", help="File (else named by place and day, here).")
    ] = None,
    lang: Lang = None,
) -> None:
    """Make the scorecard of a place to be signed: PDF, page or workbook; the same bytes each time."""
    from geo.export.write import in_place
    from geo.report.document import document
    from geo.report.model import report_of

    atlas = _atlas(snapshot)
    language = _language(lang, atlas)
    earlier = _atlas(since) if since else None
    made = report_of(atlas, _position(atlas, unit), language=language, since=earlier, review=review_number)
    data = document(atlas, made, form)
    path = out or Path(file_name(made.origin.as_of.isoformat(), str(made.unit["code"]), form.value))
    in_place(path, lambda aside: _put(aside, data))
    typer.echo(path)


def export(  # noqa: PLR0913  options of the command
    snapshot: Folder,
    table: Annotated[TableName, typer.Option("--table", help="What to take away.")] = TableName.UNITS,
    unit: Unit = None,
    level: Annotated[
        str | None, typer.Option("--level", help="Level of the rows (else what the table is looked at by).")
    ] = None,
    service: Annotated[str, typer.Option("--service", help="A service of the region.")] = "",
    operator: Annotated[str, typer.Option("--operator", help="An operator; * is any.")] = "*",
    form: Annotated[
        ExportFormat | None, typer.Option("--format", help="Format (else told from the file's suffix).")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="File (else named by table and day, here).")
    ] = None,
    lang: Lang = None,
) -> None:
    """Take a table away as GeoPackage (coloured in QGIS), GeoParquet, GeoJSON, CSV or Excel."""
    from geo.export.origin import origin_of
    from geo.export.tables import Choice, export_table
    from geo.export.write import write_export

    form = form or _told_by(out)
    atlas = _atlas(snapshot)
    language = _language(lang, atlas)
    chosen = Choice(table.value, _position(atlas, unit), service, operator, level)
    made = export_table(atlas, chosen, language)
    origin = origin_of(atlas.snapshot, language)
    path = out or Path(
        file_name(origin.as_of.isoformat(), "_".join(p for p in (made.name, service) if p), form.value)
    )
    write_export(made, origin, path, form=form)
    typer.echo(f"{path}  {len(made.frame)}")


def _told_by(out: Path | None) -> ExportFormat:
    suffix = out.suffix.lower().lstrip(".") if out else ExportFormat.GPKG.value
    if suffix not in tuple(ExportFormat):
        raise typer.BadParameter(
            f"'{suffix}' names no format; give one with --format: {', '.join(ExportFormat)}.",
            param_hint="--out",
        )
    return ExportFormat(suffix)


def _atlas(snapshot: Path) -> Atlas:
    from geo.atlas import Atlas
    from geo.snapshot import open_snapshot

    return Atlas(open_snapshot(snapshot))


def _language(lang: str | None, atlas: Atlas) -> str:
    language = lang or str(atlas.manifest["language"])
    if language not in ("en", "zh"):
        raise typer.BadParameter(f"'{language}' is no language here; there is en, zh.", param_hint="--lang")
    return language


def _position(atlas: Atlas, unit: str | None) -> int:
    from geo.why import find_unit

    return 0 if unit is None else atlas.position(str(find_unit(atlas.snapshot, unit)["unit_id"]))


def _put(path: Path, data: bytes) -> None:
    path.write_bytes(data)
