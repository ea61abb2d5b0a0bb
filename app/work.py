"""The child of a job: check an upload, or run a region, within limits; the state goes into the job's folder.

    python -m app.work check FOLDER
    python -m app.work run FOLDER

The same functions as `cuntong check` and `cuntong run`. Limits of memory and time are the system's, set before
anything is read; the process ends by itself when the server is gone.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import signal
import sys
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from app.jobs import ASKED, DONE, FAILED, FAULT, MEMORY, REFUSED, UPLOAD, WORK, State, write_state
from geo.errors import CuntongError, RegionError

if TYPE_CHECKING:
    from app.uploads import Bundle
    from geo.check.roles import Known
    from geo.findings import Finding
    from geo.quarantine import Delivered

#: Bytes of memory and seconds of CPU of a child: for one file, and for a region.
FILE_MEMORY, FILE_CPU_S = 1536 * 2**20, 60
REGION_MEMORY, REGION_CPU_S = 4 * 2**30, 900
#: Bytes that it may write into one file.
WRITTEN = 2 * 2**30

FINDINGS, ASIDE = "findings.parquet", "quarantine.parquet"

#: Stages of a run besides its layers, in order; a check ends with the coverage.
STAGES = ("unpack", "units", "coverage", "roll-up", "scorecard", "snapshot")


@dataclass
class Progress:
    """Says each stage into the state file."""

    folder: Path
    steps: int = 0
    step: int = -1

    def __call__(self, stage: str) -> None:
        """Begin a stage."""
        self.step += 1
        write_state(self.folder, State(stage=stage, step=self.step, steps=max(self.steps, self.step + 1)))


def main(words: Sequence[str]) -> int:
    """Do what a job asks for; return 0 where the state says how it ended."""
    verb, folder = words[0], Path(words[1])
    os.nice(10)
    signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    asked = json.loads((folder / ASKED).read_text(encoding="utf-8"))
    upload = next((folder / UPLOAD).iterdir())
    _limit(REGION_MEMORY, REGION_CPU_S)  # what turns out to be one file is held to less
    if verb == "check" and upload.suffix.lower() not in (".zip", ".toml"):
        _limit(FILE_MEMORY, FILE_CPU_S)
    write_state(folder, _ended(verb, folder, upload, asked))
    return 0


def _ended(verb: str, folder: Path, upload: Path, asked: Mapping[str, Any]) -> State:
    """Return how a job ended; a fault of the program goes to the log, never to the reader."""
    from app.uploads import Unfit, sentence
    from geo.faults import fault
    from geo.read.table import Refused

    work = {"check": check, "run": run}[verb]
    try:
        return State(phase=DONE, result=work(folder, upload, asked))
    except Unfit as problem:
        return State(phase=REFUSED, result=sentence(problem))
    except Refused as refused:
        return State(phase=REFUSED, result=_worded(refused.finding))
    except CuntongError as problem:
        of_region = isinstance(problem, RegionError)
        return State(phase=REFUSED, result={"lines": str(problem).splitlines(), "region": of_region})
    except MemoryError:
        return State(phase=FAILED, why=MEMORY)
    except Exception as problem:
        fault(problem)
        return State(phase=FAILED, why=FAULT)


def check(folder: Path, upload: Path, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `cuntong check` finds in an upload; the findings and rows set aside go into the folder.

    Raises
    ------
    Unfit, SourceError, RegionError
        The upload is refused as a whole.
    """
    from app.uploads import opened

    say = Progress(folder)
    say("unpack")
    bundle = opened(upload, folder / WORK)
    return _check_region(folder, bundle, say) if bundle.is_region else _check_file(folder, bundle, asked, say)


def run(folder: Path, upload: Path, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Publish a bundle's region as `cuntong run` does; return the snapshot's name.

    Raises
    ------
    Unfit, SourceError, RegionError, SnapshotError
        Nothing is published.
    """
    from app.uploads import opened, shipped_data
    from geo.collector import without_cycles
    from geo.region import read_region
    from geo.run import run as run_region

    say = Progress(folder)
    say("unpack")
    bundle = opened(upload, folder / WORK)
    say.steps = len(STAGES) + len(read_region(bundle.path).layers)
    with without_cycles():
        outcome = run_region(bundle.path, Path(asked["out"]), data=shipped_data(), say=say)
    return {"snapshot": outcome.path.name, "quarantined": outcome.quarantined}


def _check_region(folder: Path, bundle: Bundle, say: Progress) -> dict[str, Any]:
    """Check a region as `geo.run.check_region` does, and keep the rows as they came for the preview."""
    from app.uploads import shipped_data
    from geo.collector import without_cycles
    from geo.cover.decide import cover
    from geo.ground import prepare
    from geo.run import contradictions, region_at

    region = region_at(bundle.path, None)
    say.steps = 3 + len(region.layers)
    with without_cycles():
        prepared = prepare(region, data=shipped_data(), say=say)
        say("coverage")
        findings = prepared.findings + contradictions(cover(prepared.ground), prepared.ground)
    delivered = {s: x.table for s, x in prepared.loaded.items()}
    rows = {s: len(x.frame) for s, x in delivered.items()}
    keep_findings(folder, findings, delivered)
    return {
        "runnable": True,
        "region": region.name.model_dump(),
        "as_of": region.as_of.isoformat(),
        "sources": by_source(findings, {s.id: rows.get(s.id) for s in region.sources}),
        **_totals(findings),
    }


def _check_file(folder: Path, bundle: Bundle, asked: Mapping[str, Any], say: Progress) -> dict[str, Any]:
    """Check one data file as `cuntong check FILE` does."""
    from geo.checkfile import check_file
    from geo.terms import Role

    _limit(FILE_MEMORY, FILE_CPU_S)
    say.steps = 2
    say("reading")
    role = Role.of(asked["role"]) if asked.get("role") else None
    report = check_file(
        bundle.path,
        role=role,
        crs=asked.get("crs") or None,
        layer=asked.get("layer") or None,
        region=_held(asked),
    )
    delivered = {report.name: report.table} if report.table is not None else {}
    keep_findings(folder, report.findings, delivered)
    rows = len(report.table.frame) if report.table is not None else None
    return {
        "about": {language: report.lines(language) for language in ("en", "zh")},
        "sources": by_source(report.findings, {report.name: rows}),
        **_totals(report.findings),
    }


def held_against(manifest: Mapping[str, Any], box: Sequence[float]) -> dict[str, Any]:
    """Return what a file is held against, as JSON: box of a region [degrees], its operators and its day."""
    from geo.plant import operator_names
    from geo.region import Operator

    operators = [Operator.model_validate(o) for o in manifest["operators"]]
    return {"extent": list(box), "operators": operator_names(operators), "as_of": manifest["as_of"]}


def _held(asked: Mapping[str, Any]) -> Known:
    from geo.check.roles import NOTHING
    from geo.examine import widened

    known = asked.get("known")
    if not known:
        return NOTHING
    west, south, east, north = known["extent"]
    return replace(
        NOTHING,
        extent=widened((west, south, east, north)),
        operators=known["operators"] or None,
        as_of=dt.date.fromisoformat(known["as_of"]),
    )


def keep_findings(folder: Path, findings: Sequence[Finding], delivered: Delivered) -> None:
    """Write the findings and the rows set aside beside the state."""
    from geo.quarantine import findings_table, quarantine_table

    findings_table(findings).to_parquet(folder / FINDINGS, index=False)
    quarantine_table(findings, delivered).to_parquet(folder / ASIDE, index=False)


def by_source(findings: Sequence[Finding], rows: Mapping[str, int | None]) -> list[dict[str, Any]]:
    """Return for each source its rows (None: not told) and how many findings there are of each action."""
    names = [*rows, *sorted({f.source for f in findings} - set(rows))]
    out = []
    for name in names:
        met = _totals([f for f in findings if f.source == name])["totals"]
        out.append({"source": name, "rows": rows.get(name), **met})
    return out


def _totals(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return how many findings there are of each action, as the command counts them."""
    from geo.terms import Action

    met = Counter(f.action for f in findings)
    return {"totals": {action.value: met[action] for action in Action}}


def _worded(finding: Finding) -> dict[str, Any]:
    """Return a finding that refuses a whole file, in both languages."""
    return {
        "source": finding.source,
        "rule": finding.rule,
        **{f"text_{x}": f"{finding.message(x)} {finding.remedy(x)}" for x in ("en", "zh")},
    }


def _limit(memory: int, cpu_s: int) -> None:
    """Let the system hold this process to its limits."""
    for what, most, last in (
        (resource.RLIMIT_DATA, memory, memory),
        (resource.RLIMIT_CPU, cpu_s, cpu_s + 10),
        (resource.RLIMIT_FSIZE, WRITTEN, WRITTEN),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        before = resource.getrlimit(what)[1]
        ceiling = last if before == resource.RLIM_INFINITY else min(last, before)
        resource.setrlimit(what, (min(most, ceiling), ceiling))


def _leave(number: int, _: FrameType | None) -> None:
    """End in order: what is open is closed, what was begun is taken back."""
    raise SystemExit(128 + number)


def _end_with_the_server() -> None:
    """Wait until the pipe from the server closes, then end this process: in order, else by force."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(5.0)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
