"""The command `cuntong`: thin; every verb calls the library and prints."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from geo.collector import without_cycles
from geo.errors import CuntongError
from geo.faults import fault
from geo.steiner import register as register_steiner
from geo.takeaway import register
from geo.terms import Role
from geo.timeline import register as register_timeline

# Heavy imports stand inside the verbs: `cuntong --help` must start in half a second.

app = typer.Typer(
    name="cuntong",
    help="Cuntong 村通: see, prove and close the gaps in fibre, broadband, 3G and cable TV, down to the village.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

DEFAULT_OUT = Path("snapshots")

#: Exit code after Ctrl-C: 128 and the number of the signal, as shells count.
INTERRUPTED = 130


class Format(StrEnum):
    """How a table is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


RegionFile = Annotated[Path, typer.Argument(help="Region file (TOML).", metavar="REGION.toml")]
SnapshotFolder = Annotated[
    Path, typer.Argument(help="Snapshot folder, or a folder of snapshots (its latest).", metavar="SNAPSHOT")
]
Data = Annotated[
    Path | None,
    typer.Option("--data", help="Folder of the sources that are not shipped (else $CUNTONG_DATA)."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
Lang = Annotated[str | None, typer.Option("--lang", help="en or zh (else the region's language).")]


@app.command()
def run(
    region: RegionFile,
    out: Annotated[Path, typer.Option("--out", help="Folder of snapshots.")] = DEFAULT_OUT,
    as_of: Annotated[
        dt.datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Another day than the region file's."),
    ] = None,
    since: Annotated[
        Path | None, typer.Option("--since", help="Earlier snapshot, for the pace seen.")
    ] = None,
    data: Data = None,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, help="Threads; the result is the same.")
    ] = os.cpu_count() or 1,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 if any row was set aside.")] = False,
    quiet: Quiet = False,
) -> None:
    """Read, check, cover, roll up and publish; print the snapshot's path."""
    from geo.run import run as run_region
    from geo.snapshot import open_snapshot

    earlier = open_snapshot(since) if since else None
    with without_cycles(), progress(quiet) as say:
        outcome = run_region(
            region, out, data=data, as_of=as_of.date() if as_of else None, since=earlier, jobs=jobs, say=say
        )
    if outcome.quarantined and not quiet:
        typer.echo(
            f"{outcome.quarantined} rows set aside: see the table quarantine, or `cuntong check {region}`.",
            err=True,
        )
    typer.echo(outcome.path)
    if strict and outcome.quarantined:
        raise typer.Exit(1)


@app.command()
def check(  # noqa: PLR0913  options of the command
    path: Annotated[
        Path,
        typer.Argument(
            help="Region file (TOML), or one data file of any readable kind.", metavar="REGION.toml | FILE"
        ),
    ],
    role: Annotated[
        Role | None, typer.Option("--as", help="What a single file is (else told from its geometry).")
    ] = None,
    crs: Annotated[
        str | None, typer.Option("--crs", help="CRS or datum of a single file, e.g. EPSG:4490 or GCJ-02.")
    ] = None,
    layer: Annotated[str | None, typer.Option("--layer", help="Layer or sheet of a single file.")] = None,
    beside: Annotated[
        Path | None, typer.Option("--beside", help="Boundaries to hold a file of points against.")
    ] = None,
    extent: Annotated[
        str | None, typer.Option("--extent", help="Box that a single file must lie in: W,S,E,N in degrees.")
    ] = None,
    held: Annotated[
        Path | None,
        typer.Option("--region", help="Region of a single file: its place, operators, day and codes."),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option("--out", help="CSV of all findings, - for none (a region's: <region>-findings.csv)."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print every finding as JSON.")] = False,
    lang: Lang = None,
    data: Data = None,
    quiet: Quiet = False,
) -> None:
    """Say everything that is wrong with the input, with remedies; exit 1 if anything would be set aside."""
    from geo.quarantine import findings_table
    from geo.show import as_json as to_json
    from geo.show import console, findings_lines, spreadsheet_safe
    from geo.terms import Action

    if path.suffix.lower() == ".toml":
        from geo.region import read_region
        from geo.run import check_region

        language = lang or read_region(path).language
        with without_cycles(), progress(quiet) as say:
            findings = check_region(path, data=data, say=say)
        out = out or f"{path.stem}-findings.csv"
        about: list[str] = []
    else:
        from dataclasses import replace

        from geo.check.roles import NOTHING
        from geo.checkfile import box_of, check_file, known_of
        from geo.region import read_region

        language = lang or "en"
        known = known_of(read_region(held), data=data) if held else NOTHING
        known = replace(known, extent=box_of(extent)) if extent else known
        report = check_file(path, role=role, crs=crs, layer=layer, beside=beside, region=known)
        findings, about = report.findings, report.lines(language)
    if as_json:
        typer.echo(to_json(findings_table(findings).to_dict("records")))
    else:
        for line in [*about, *findings_lines(findings, language)] or ["Nothing found."]:
            console().print(line)
    if out not in (None, "-"):
        spreadsheet_safe(findings_table(findings)).to_csv(out, index=False, encoding="utf-8-sig")
        if not quiet:
            typer.echo(f"{len(findings)} findings written to {out}", err=True)
    if any(f.action is Action.REJECT for f in findings):
        raise typer.Exit(2 if path.suffix.lower() != ".toml" else 1)
    if any(f.action is Action.QUARANTINE for f in findings):
        raise typer.Exit(1)


@app.command()
def scorecard(
    snapshot: SnapshotFolder,
    level: Annotated[str | None, typer.Option("--level", help="Every unit of a level, side by side.")] = None,
    unit: Annotated[
        str | None, typer.Option("--unit", help="A unit by id, code or name (else the whole region).")
    ] = None,
    target: Annotated[str | None, typer.Option("--target", help="One target only.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
    as_json_too: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    lang: Lang = None,
) -> None:
    """Show every target of the plan: met, missed or open, with numerator, denominator and unknown."""
    from geo.cards import chosen_cards
    from geo.show import as_json, console, scorecard_table, spreadsheet_safe
    from geo.snapshot import open_snapshot

    opened = open_snapshot(snapshot)
    language = lang or opened.manifest["language"]
    cards = chosen_cards(opened, level=level, unit=unit, target=target)
    if form is Format.CSV and not as_json_too:
        typer.echo(spreadsheet_safe(cards.rows).to_csv(index=False), nl=False)
    elif form is Format.JSON or as_json_too:
        typer.echo(as_json(cards.rows.to_dict("records")))
    else:
        screen = console()
        for title, rows in cards.by_unit(language):
            screen.print(
                scorecard_table(rows, cards.names, title=title, language=language, simulated=cards.simulated)
            )
        if opened.manifest["notice"]:
            screen.print(opened.manifest["notice"][language])


@app.command()
def why(
    snapshot: SnapshotFolder,
    unit: Annotated[str, typer.Argument(help="A unit by id, code or name.")],
    service: Annotated[str, typer.Argument(help="A service of the region.")],
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    lang: Lang = None,
) -> None:
    """Explain a fact: its rule, what was measured, its evidence, and what would change it."""
    from geo.show import as_json as to_json
    from geo.show import console, reason_lines
    from geo.snapshot import open_snapshot
    from geo.why import find_unit
    from geo.why import why as reasons_of

    opened = open_snapshot(snapshot)
    found = find_unit(opened, unit)
    language = lang or opened.manifest["language"]
    reasons = reasons_of(opened, str(found["unit_id"]), service, language=language)
    if as_json:
        typer.echo(to_json([r.as_row() for r in reasons]))
        return
    for line in reason_lines(found, reasons, language):
        console().print(line)


@app.command()
def gaps(
    snapshot: SnapshotFolder,
    service: Annotated[str, typer.Option("--service", help="A service of the region.")],
    unit: Annotated[
        str | None, typer.Option("--unit", help="Inside this unit (id, code or name); else all of the region.")
    ] = None,
    operator: Annotated[str, typer.Option("--operator", help="An operator's service (else any's).")] = "*",
    level: Annotated[
        str | None, typer.Option("--level", help="Level of the units (else the innermost with a rule).")
    ] = None,
    unknown: Annotated[bool, typer.Option("--unknown", help="Also those of which nothing is known.")] = False,
    form: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
    lang: Lang = None,
) -> None:
    """List the units without a service: homes, people, the nearest plant and its distance; most homes first."""
    from geo.atlas import Atlas
    from geo.gaps import Chosen, gaps_table
    from geo.gaps import gaps as gaps_of
    from geo.show import as_json, console, spreadsheet_safe
    from geo.snapshot import open_snapshot
    from geo.why import find_unit

    opened = open_snapshot(snapshot)
    within = str(find_unit(opened, unit)["unit_id"]) if unit else None
    rows = gaps_of(
        Atlas(opened), service, operator=operator, level=level, within=within, chosen=Chosen(unknown=unknown)
    )
    if form is Format.CSV:
        typer.echo(spreadsheet_safe(rows).to_csv(index=False), nl=False)
    elif form is Format.JSON:
        typer.echo(as_json(rows.to_dict("records")))
    else:
        console().print(gaps_table(rows, lang or opened.manifest["language"]))


@app.command()
def verify(snapshot: SnapshotFolder) -> None:
    """Find any byte of a snapshot that was changed, then any row that is not as its table's schema says.

    Exit 1 if there is one.
    """
    from geo.snapshot import misfits, open_snapshot
    from geo.snapshot import verify as problems_of
    from geo.snapshot.layout import LATEST, SUMS

    folder = snapshot if (snapshot / SUMS).exists() or not (snapshot / LATEST).exists() else snapshot / LATEST
    problems = problems_of(folder) or misfits(open_snapshot(folder).path)
    for problem in problems:
        typer.echo(problem)
    if problems:
        raise typer.Exit(1)
    typer.echo(
        f"{open_snapshot(folder).name}: every byte is as published, every table is as its schema says."
    )


@app.command("list")
def list_(out: Annotated[Path, typer.Argument(help="Folder of snapshots.")] = DEFAULT_OUT) -> None:
    """List the snapshots of a folder, oldest first."""
    from geo.snapshot import list_snapshots

    found = list_snapshots(out)
    damage = {snapshot.name: snapshot.damage for snapshot in found}
    for snapshot in found:
        if damage[snapshot.name] is None:
            typer.echo(f"{snapshot.name}  {snapshot.manifest['name']['en']}")
        else:
            typer.echo(damage[snapshot.name], err=True)
    if any(damage.values()):
        raise typer.Exit(1)
    if not found:
        typer.echo(f"No snapshots in {out}. Make one with `cuntong run REGION.toml --out {out}`.", err=True)


@app.command()
def serve(
    snapshots: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Snapshots, or folders of them (else ./snapshots; the demo is made where there is none).",
            metavar="[SNAPSHOT]...",
        ),
    ] = None,
    port: Annotated[
        int, typer.Option("--port", "-p", min=0, max=65535, help="Port; 0 takes a free one.")
    ] = 8501,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; others can reach all but the loopback.")
    ] = "127.0.0.1",
    browse: Annotated[
        bool | None, typer.Option("--open/--no-open", help="Open a browser (else only from a terminal).")
    ] = None,
    data: Data = None,
    quiet: Quiet = False,
) -> None:
    """Open the app in a browser: scorecard, map, gaps, sources. Ctrl-C ends it."""
    from app.serve import serve as serve_app

    with progress(quiet) as say:
        ready = serve_app(snapshots or [DEFAULT_OUT], host=host, port=port, data=data, say=say)
    typer.echo(f"Cuntong 村通: {ready.url}  (Ctrl-C ends)")
    if not ready.alone:
        typer.echo("Anyone who reaches this address can read all of it: there are no accounts yet.", err=True)
    ready.run(browse=sys.stdout.isatty() if browse is None else browse)


register(app)
register_timeline(app)
register_steiner(app)


@contextmanager
def progress(quiet: bool) -> Iterator[Callable[[str], None]]:
    """Give a function that shows the stage on standard error; silent when that is no terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _: None
        return
    with console.status("…") as status:
        yield status.update


def main() -> Any:
    """Run the command; every error ends as one message and an exit code, never as a traceback."""
    try:
        app(standalone_mode=True)
    except CuntongError as problem:
        typer.echo(str(problem), err=True)
        sys.exit(problem.exit_code)
    except SystemExit as stop:
        if stop.code == INTERRUPTED:  # typer ends so after Ctrl-C, without a word
            typer.echo("Interrupted: nothing was published.", err=True)
        raise
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception as problem:
        typer.echo(fault(problem), err=True)
        sys.exit(CuntongError.exit_code)


if __name__ == "__main__":
    main()
