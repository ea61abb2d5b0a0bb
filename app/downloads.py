"""Routes of what is taken away: a place's scorecard as paper, page or workbook, and tables as files.

    /download/{snapshot}/report.{pdf,html,xlsx}?unit=&since=&lang=
    /download/{snapshot}/{units,facts,gaps,scorecard}.{gpkg,parquet,geojson,csv,xlsx}?unit=&service=&...&lang=

A file is made aside when it is asked for, sent from there, and removed.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlencode

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from app.access import Reader, Thing, may, reader_of
from app.shelf import shelf
from geo.atlas import ANY, Atlas
from geo.errors import SnapshotError, UnknownName, UsageError
from geo.export.formats import MEDIA, ExportFormat, ReportFormat, TableName, file_name
from geo.export.origin import origin_of
from geo.export.tables import Choice, ExportTable, export_table
from geo.export.write import write_export
from geo.gaps import Chosen
from geo.report.document import document
from geo.report.model import report_of
from geo.terms import Basis, SettlementClass

#: So many files are made at a time; who comes then waits so many seconds, and is told to come again.
AT_A_TIME, PATIENCE = 2, 30
_MAKING = threading.BoundedSemaphore(AT_A_TIME)

#: A report opened in the browser runs nothing and asks nobody.
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def report_address(snapshot: str, form: ReportFormat, *, unit: str, lang: str, since: str = "") -> str:
    """Return where the scorecard of a place is taken from."""
    asked = {"unit": unit, "since": since, "lang": lang}
    return f"/download/{quote(snapshot)}/report.{form.value}?{_query(asked)}"


def table_address(
    snapshot: str, table: TableName, form: ExportFormat, *, asked: Mapping[str, str], lang: str
) -> str:
    """Return where a table is taken from.

    Parameters
    ----------
    asked
        Any of unit, service, operator, level, basis, class; of gaps also homes, near, far, unknown.
    """
    return f"/download/{quote(snapshot)}/{table.value}.{form.value}?{_query({**asked, 'lang': lang})}"


def _query(asked: Mapping[str, str]) -> str:
    return urlencode({k: v for k, v in asked.items() if v})


def report(request: Request) -> Response:
    """Answer the scorecard of a place; 404 for anything that is not there or may not be read."""
    form = request.path_params["form"]
    if form not in tuple(ReportFormat):
        return Response(status_code=404)

    def make(atlas: Atlas, reader: Reader, path: Path) -> str:
        since = request.query_params.get("since", "")
        if since and not may(reader, Thing(since, "download", "report")):
            raise UnknownName(since)
        made = report_of(
            atlas,
            _unit(atlas, request),
            language=_language(request),
            since=shelf().atlas(since) if since else None,
        )
        path.write_bytes(document(atlas, made, ReportFormat(form)))
        return file_name(made.origin.as_of.isoformat(), str(made.unit["code"]), form)

    return _answer(request, "report", form, make)


def table(request: Request) -> Response:
    """Answer a table; 404 for anything that is not there or may not be read."""
    name, form = request.path_params["table"], request.path_params["form"]
    if name not in tuple(TableName) or form not in tuple(ExportFormat):
        return Response(status_code=404)

    def make(atlas: Atlas, reader: Reader, path: Path) -> str:
        chosen, language = _choice(atlas, request, name), _language(request)
        if not _may_see(reader, request, name, chosen.operator):
            raise UnknownName(chosen.operator)
        made = _seen(export_table(atlas, chosen, language), reader, request)
        origin = origin_of(atlas.snapshot, language)
        what = "_".join(p for p in (made.name, chosen.service) if p)
        called = file_name(origin.as_of.isoformat(), what, form)
        write_export(made, origin, path, form=ExportFormat(form), called=called)
        return called

    return _answer(request, name, form, make)


def _choice(atlas: Atlas, request: Request, name: str) -> Choice:
    """Return what is asked for.

    Raises
    ------
    UnknownName
        Basis or class are none, or a filter is no number.
    """
    asked = request.query_params
    basis, klass = asked.get("basis", Basis.UNITS.value), asked.get("class", SettlementClass.ALL.value)
    if basis not in tuple(Basis) or klass not in tuple(SettlementClass):
        raise UnknownName(f"{basis}, {klass}")
    return Choice(
        name,
        _unit(atlas, request),
        asked.get("service", ""),
        asked.get("operator") or ANY,
        asked.get("level") or None,
        basis,
        klass,
        Chosen.of_text(asked),
    )


def _unit(atlas: Atlas, request: Request) -> int:
    unit = request.query_params.get("unit", "")
    return atlas.position(unit) if unit else 0


def _language(request: Request) -> str:
    return "zh" if request.query_params.get("lang") == "zh" else "en"


def _may_see(reader: Reader, request: Request, name: str, operator: str) -> bool:
    owner = None if operator == ANY else operator
    return may(reader, Thing(request.path_params["snapshot"], "download", name, owner))


def _seen(made: ExportTable, reader: Reader, request: Request) -> ExportTable:
    """Return the table without the rows of operators that the reader may not see.

    Raises
    ------
    UnknownName
        No row is left.
    """
    if "operator" not in made.frame:
        return made
    operators = made.frame["operator"]
    allowed = {
        o for o in dict.fromkeys(operators) if _may_see(reader, request, request.path_params["table"], str(o))
    }
    keep = operators.isin(allowed).to_numpy()
    if not keep.any():
        raise UnknownName(made.name)
    return replace(made, frame=made.frame[keep].reset_index(drop=True), geometry=made.geometry[keep])


def _answer(request: Request, name: str, form: str, make: Callable[[Atlas, Reader, Path], str]) -> Response:
    """Answer the file that `make` writes, under the name that it returns."""
    reader = reader_of(request.cookies)
    if reader is None:
        return Response(status_code=401)
    snapshot = request.path_params["snapshot"]
    if not may(reader, Thing(snapshot, "download", name)):
        return Response(status_code=404)
    if not _MAKING.acquire(timeout=PATIENCE):
        return Response(status_code=503, headers={"Retry-After": str(PATIENCE)})
    folder = Path(tempfile.mkdtemp(prefix="cuntong-"))
    try:
        called = make(shelf().atlas(snapshot), reader, folder / f"taken.{form}")
    except (UnknownName, SnapshotError):
        shutil.rmtree(folder, ignore_errors=True)
        return Response(status_code=404)
    except UsageError as told:  # what the reader can mend: a font, another place or level
        shutil.rmtree(folder, ignore_errors=True)
        return PlainTextResponse(str(told), status_code=422)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        _MAKING.release()
    return _file(folder, form, called)


def _file(folder: Path, form: str, called: str) -> Response:
    page = form == ReportFormat.HTML.value
    headers = {"Cache-Control": "private, no-cache", "Vary": "Cookie"}
    if page:
        headers["Content-Security-Policy"] = REPORT_POLICY
    return FileResponse(
        folder / f"taken.{form}",
        media_type=MEDIA[form],
        filename=called,
        content_disposition_type="inline" if page else "attachment",
        headers=headers,
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )


ROUTES: list[BaseRoute] = [
    Route("/download/{snapshot}/report.{form}", report),
    Route("/download/{snapshot}/{table}.{form}", table),
]
