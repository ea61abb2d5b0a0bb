"""Timeline: the verbs `diff` and `progress` of the command; thin, as all verbs are."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from geo.atlas import Atlas


class Form(StrEnum):
    """How a table is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


Printed = Annotated[Form, typer.Option("--format", help="How to print.")]
Codes = Annotated[
    Path | None,
    typer.Option(
        "--map", help="CSV of codes that belong together: level, code_old, code_new (else by code and name)."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.command()(diff)
    app.command()(progress)


def diff(
    before: Annotated[Path, typer.Argument(help="Earlier snapshot.", metavar="A")],
    after: Annotated[Path, typer.Argument(help="Later snapshot of the same region.", metavar="B")],
    service: Annotated[
        str | None, typer.Option("--service", help="Facts and targets of one service only.")
    ] = None,
    codes: Codes = None,
    form: Printed = Form.TABLE,
) -> None:
    """List what differs between two snapshots: rules, units, facts, targets; nothing where nothing does."""
    from geo.differ import differences, differences_table
    from geo.mapped import mapped, read_mapping

    old, new = _atlas(before), _atlas(after)
    joined = mapped(old, new, read_mapping(codes) if codes else None)
    rows = differences(old, new, joined, service=service)
    title = f"{old.snapshot.name} > {new.snapshot.name}"
    _print(rows, form, lambda: differences_table(rows, title=title))


def progress(
    snapshots: Annotated[
        list[Path],
        typer.Argument(
            help="Snapshots of one region, or folders of them (all in it).", metavar="SNAPSHOT..."
        ),
    ],
    unit: Annotated[
        str | None,
        typer.Option("--unit", help="A unit of the last one by id, code or name (else the whole region)."),
    ] = None,
    target: Annotated[str | None, typer.Option("--target", help="One target only.")] = None,
    codes: Codes = None,
    form: Printed = Form.TABLE,
) -> None:
    """Show every target over time: shares on the units that stand on both sides, pace, and when it is met."""
    from geo.mapped import read_mapping
    from geo.progress import progress as progress_of
    from geo.progress import progress_table, steps

    line = steps(_all(snapshots), read_mapping(codes) if codes else None)
    rows = progress_of(line, unit=unit, target=target)
    title = f"{line[0].before.manifest['as_of']} > {line[-1].after.manifest['as_of']}"
    _print(rows, form, lambda: progress_table(rows, title=title))


def _print(rows: pd.DataFrame, form: Form, made: Callable[[], Table]) -> None:
    from geo.show import as_json, console, spreadsheet_safe

    if form is Form.CSV:
        typer.echo(spreadsheet_safe(rows).to_csv(index=False), nl=False)
    elif form is Form.JSON:
        typer.echo(as_json(rows.to_dict("records")))
    else:
        console().print(made())


def _atlas(snapshot: Path) -> Atlas:
    from geo.atlas import Atlas
    from geo.snapshot import open_snapshot

    return Atlas(open_snapshot(snapshot))


def _all(paths: list[Path]) -> list[Atlas]:
    """Return the snapshots that are named, each once, and all sound ones of the folders that are."""
    from geo.atlas import Atlas
    from geo.snapshot import list_snapshots, open_snapshot
    from geo.snapshot.layout import SUMS

    found = {}
    for path in paths:
        inside = [] if (path / SUMS).exists() else [s for s in list_snapshots(path) if not s.damage]
        for snapshot in inside or [open_snapshot(path)]:
            found[snapshot.name] = snapshot
    return [Atlas(s) for s in found.values()]
