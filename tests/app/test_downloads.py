"""Downloads over HTTP: the files are the command's, and what may not be read is not there."""

from __future__ import annotations

import io
import json
import socket
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import openpyxl
import pytest
import uvicorn
from starlette.applications import Starlette
from typer.testing import CliRunner

from app import downloads
from app.access import Reader, Thing
from app.downloads import ROUTES, report_address, table_address
from app.shelf import FOLDERS, shelf
from geo.__main__ import app
from geo.atlas import Atlas
from geo.export.formats import ExportFormat, ReportFormat, TableName
from tests.geo.hostile import NAMES, hostile
from tests.geo.taken import need_fonts


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return hostile(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def url(atlas: Atlas) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDERS, str(atlas.snapshot.path.parent))
        shelf.cache_clear()
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=ROUTES), log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()
        listening.close()
    shelf.cache_clear()


def fetch(url: str) -> tuple[int, Message, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.headers, refused.read()


def table(atlas: Atlas, name: TableName, form: ExportFormat, lang: str = "zh", **asked: str) -> str:
    return table_address(atlas.snapshot.name, name, form, asked={"service": "fibre", **asked}, lang=lang)


def test_every_table_in_every_format_is_the_command_s_byte_for_byte(
    url: str, atlas: Atlas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in TableName:
        for form in ExportFormat:
            status, headers, body = fetch(url + table(atlas, name, form))
            assert status == 200, (name, form, body)
            words = ["--table", name, "--service", "fibre", "--format", form, "--lang", "zh"]
            done = CliRunner().invoke(app, ["export", str(atlas.snapshot.path), *words])
            called = done.stdout.split()[0]
            assert f'filename="{called}"' in headers["content-disposition"]
            assert body == Path(called).read_bytes(), called


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_scorecard_of_a_place_is_the_command_s_byte_for_byte(
    url: str, atlas: Atlas, tmp_path: Path, lang: str
) -> None:
    need_fonts()
    for form in ReportFormat:
        status, headers, body = fetch(
            url + report_address(atlas.snapshot.name, form, unit="county:999901@2015", lang=lang)
        )
        assert status == 200
        out = tmp_path / f"out.{form}"
        CliRunner().invoke(
            app, ["report", str(atlas.snapshot.path), "--format", form, "--lang", lang, "--out", str(out)]
        )
        assert body == out.read_bytes()
        kind = headers["content-disposition"].split(";")[0]
        assert kind == ("inline" if form == "html" else "attachment")


def test_a_page_may_run_nothing_and_ask_nobody(url: str, atlas: Atlas) -> None:
    _, headers, _ = fetch(url + report_address(atlas.snapshot.name, ReportFormat.HTML, unit="", lang="en"))
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "script-src" not in headers["content-security-policy"]


def test_hostile_names_come_back_as_written(url: str, atlas: Atlas) -> None:
    _, _, body = fetch(url + table(atlas, TableName.UNITS, ExportFormat.GEOJSON))
    assert [f["properties"]["name"] for f in json.loads(body)["features"]] == NAMES
    _, _, body = fetch(url + table(atlas, TableName.UNITS, ExportFormat.XLSX))
    sheet = openpyxl.load_workbook(io.BytesIO(body)).worksheets[0]
    assert [c.value for row in sheet.iter_rows() for c in row if c.data_type == "f"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/download/{s}/roads.csv",
        "/download/{s}/units.dwg",
        "/download/{s}/report.docx",
        "/download/none/units.csv",
        "/download/../units.csv",
        "/download/{s}/units.csv?unit=nowhere",
        "/download/{s}/units.csv?service=water",
        "/download/{s}/units.csv?service=fibre&operator=b",
        "/download/{s}/units.csv?level=city",
        "/download/{s}/units.csv?service=fibre&basis=dogs",
        "/download/{s}/report.html?since=none",
        "/download/{s}/report.html?unit=%00",
    ],
)
def test_what_is_not_there_is_not_found(url: str, atlas: Atlas, path: str) -> None:
    assert fetch(url + path.format(s=atlas.snapshot.name))[0] == 404


def test_what_can_be_mended_is_told_as_plain_text(url: str, atlas: Atlas) -> None:
    status, headers, body = fetch(f"{url}/download/{atlas.snapshot.name}/gaps.csv")
    assert status == 422
    assert headers["content-type"].startswith("text/plain")
    assert b"of which service" in body


def test_a_rivals_rows_are_not_in_the_file_and_a_stranger_gets_none(
    url: str, atlas: Atlas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "may", lambda _, thing: thing.owner is None)
    _, _, body = fetch(url + table(atlas, TableName.FACTS, ExportFormat.GEOJSON))
    told = [f["properties"]["operator"] for f in json.loads(body)["features"]]
    assert told == ["*"] * len(NAMES)
    assert fetch(url + table(atlas, TableName.UNITS, ExportFormat.CSV, operator="a"))[0] == 404
    monkeypatch.setattr(downloads, "may", lambda *_: False)
    assert fetch(url + table(atlas, TableName.UNITS, ExportFormat.CSV))[0] == 404
    monkeypatch.setattr(downloads, "reader_of", lambda _: None)
    assert fetch(url + table(atlas, TableName.UNITS, ExportFormat.CSV))[0] == 401


def test_access_is_asked_for_every_file_by_name(
    url: str, atlas: Atlas, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Thing] = []

    def ask(reader: Reader | None, thing: Thing) -> bool:
        asked.append(thing)
        return True

    monkeypatch.setattr(downloads, "may", ask)
    fetch(url + report_address(atlas.snapshot.name, ReportFormat.HTML, unit="", lang="en"))
    assert asked == [Thing(atlas.snapshot.name, "download", "report")]


def test_nothing_is_left_behind_and_a_full_house_says_when_to_come_again(
    url: str, atlas: Atlas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert fetch(url + table(atlas, TableName.UNITS, ExportFormat.GPKG))[0] == 200
    assert fetch(f"{url}/download/{atlas.snapshot.name}/units.csv?level=city")[0] == 404
    deadline = time.monotonic() + 10
    while list(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(downloads, "PATIENCE", 0)
    monkeypatch.setattr(downloads, "_MAKING", threading.BoundedSemaphore(1))
    downloads._MAKING.acquire()
    status, headers, _ = fetch(url + table(atlas, TableName.UNITS, ExportFormat.CSV))
    assert (status, headers["retry-after"]) == (503, "0")
