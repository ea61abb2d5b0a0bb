"""Every file of the bad-input corpus, as its manifest demands, through the command `cuntong check FILE`."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from geo.__main__ import main
from tests.reference import reference_folder

CORPUS = reference_folder() / "badinput"

#: Families that must come out whole.
WHOLE = ("table", "csv", "geojson", "geometry", "geopackage", "geoparquet")

#: Cases of the other families whose answer still differs from the manifest. This list may only shrink.
DIFFER: dict[str, str] = {}

#: Rank of an outcome: a stricter one passes where the manifest asks for less, except for "accept".
STRICTNESS = {"accept": 0, "notice": 0, "repair": 1, "quarantine": 2, "reject": 3}


def cases() -> list[dict[str, str]]:
    manifest = CORPUS / "manifest.csv"
    if not manifest.exists():
        return []
    with manifest.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


#: The region of the corpus, and the CRS that its text implies where it does not say it.
EXTENT = "73,3,135.1,54"
IMPLIED = {
    "tab_gk_xy_swapped": "EPSG:4549",
    "tab_gk_six_degree": "EPSG:4549",
    "shp_prj_wrong_zone": "EPSG:4549",
    "geom_curve_wkt": "EPSG:4490",
    "geom_wkt_broken": "EPSG:4490",
    "geom_wkb_truncated": "EPSG:4490",
}


def declared_crs(case: dict[str, str]) -> list[str]:
    """The CRS that the region file would declare, as the manifest's text says it."""
    match = re.search(r"(?:declared as|the region says) (EPSG:\d+)", case["wrong"])
    crs = match[1] if match else IMPLIED.get(case["id"])
    return ["--crs", crs] if crs else []


def check(case: dict[str, str]) -> tuple[int, str, list[dict[str, str]]]:
    """Run the command in this process: exit code, all that it printed, and its findings."""
    arguments = ["check", str(CORPUS / case["file"]), "--as", case["role"], "--json"]
    arguments += ["--extent", EXTENT, *declared_crs(case)]
    beside = [b for b in case["beside"].split(";") if b.endswith("_boundaries.geojson")]
    arguments += ["--beside", str(CORPUS / beside[0])] if beside else []
    printed, wrong = io.StringIO(), io.StringIO()
    with redirect_stdout(printed), redirect_stderr(wrong), limited(20):
        code = command(arguments)
    text = printed.getvalue()
    return code, text + wrong.getvalue(), json.loads(text) if text.strip() else []


def command(arguments: list[str]) -> int:
    """Run `cuntong` with these arguments; return its exit code."""
    before, sys.argv = sys.argv, ["cuntong", *arguments]
    try:
        main()
    except SystemExit as stop:
        return int(stop.code or 0)
    finally:
        sys.argv = before
    return 0


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Fail what takes longer; the message names the limit."""

    def late(*_: object) -> None:
        raise TimeoutError(f"took longer than {seconds} s")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def outcome(findings: list[dict[str, str]]) -> str:
    actions = {f["action"] for f in findings}
    return next((a for a in ("reject", "quarantine", "repair") if a in actions), "accept")


def problems(case: dict[str, str], findings: list[dict[str, str]]) -> list[str]:
    """What the outcome lacks against the manifest."""
    out = []
    seen, due = outcome(findings), case["action"]
    if (
        due == "accept"
        and seen in ("quarantine", "reject")
        and not (case["must"].startswith("accept or") or "or reject" in case["must"])
    ):
        out.append(f"refused ({seen})")
    if due != "accept" and STRICTNESS[seen] < STRICTNESS[due]:
        out.append(f"{seen} where {due} is due")
    text = "\n".join(f"{f['message']} {f['remedy']} {f['message_zh']}" for f in findings)
    if case["says"] and due != "accept" and not re.search(case["says"], text, re.IGNORECASE):
        out.append(f"no message matches {case['says']!r}")
    name = Path(case["file"]).name
    if due != "accept" and not any(name in f["source"] or Path(name).stem in f["source"] for f in findings):
        out.append("the file is not named")
    if due == seen == "quarantine" and not any(names_a_place(f) for f in findings):
        out.append("no row is named")
    return out


def names_a_place(finding: dict[str, str]) -> bool:
    """Whether a finding that sets aside names a row, or of a raster how many cells."""
    if finding["action"] != "quarantine":
        return False
    of_cells = finding["source"].endswith(".tif") and re.search(r"\b[1-9]\d* cells\b", finding["message"])
    return bool(finding["row"] or of_cells)


def tree_hash() -> str:
    digest = hashlib.sha256()
    for path in sorted(p for p in CORPUS.rglob("*") if p.is_file()):
        digest.update(path.relative_to(CORPUS).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


@pytest.mark.skipif(not CORPUS.exists(), reason="the bad-input corpus is not here: set CUNTONG_REFERENCE")
@pytest.mark.parametrize("case", cases(), ids=lambda c: c["id"])
def test_a_bad_file_gets_the_answer_that_the_manifest_demands(
    case: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    code, printed, findings = check(case)
    assert list(tmp_path.iterdir()) == [], "a check writes nothing, and no fault is logged"
    assert code in (0, 1, 2), printed[-500:]
    assert "Traceback" not in printed
    assert "CANARY-" not in printed
    found = problems(case, findings)
    if case["id"] in DIFFER:
        assert found, f"{case['id']} is right now: take it off the list"
        assert case["family"] not in WHOLE
        return
    assert not found, found


@pytest.mark.skipif(not CORPUS.exists(), reason="the bad-input corpus is not here: set CUNTONG_REFERENCE")
def test_checking_the_corpus_leaves_it_as_it_was() -> None:
    before = tree_hash()
    for case in cases()[::7]:
        check(case)
    assert tree_hash() == before
