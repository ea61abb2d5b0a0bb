"""The cases of the reference corpus of bad inputs, and how an outcome is judged against them."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from geo.errors import SourceError
from geo.findings import Finding
from geo.read.table import Refused, SourceTable
from geo.terms import Action
from tests.reference import reference_folder

Case = dict[str, str]
Outcome = tuple[SourceTable | None, list[Finding]]


def cases(family: str) -> list[Case]:
    """Return the rows of the manifest for one family; none where the reference data are not here."""
    path = reference_folder() / "badinput" / "manifest.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["family"] == family]


def case_path(case: Case) -> Path:
    return reference_folder() / "badinput" / case["file"]


def outcome(read: Callable[..., SourceTable], path: Path, **options: Any) -> Outcome:
    """Return the table and its findings, or the finding that refuses the file."""
    try:
        table = read(path, **options)
    except Refused as refusal:
        return None, [refusal.finding]
    except SourceError as error:
        raise AssertionError(f"refused without a finding: {error}") from error
    return table, table.findings


def actions(findings: list[Finding]) -> set[Action]:
    return {f.action for f in findings}


def assert_as_manifest_says(case: Case, read: Callable[..., SourceTable]) -> None:
    """Assert the action, the wording in either language, and the number of rows that remain."""
    table, findings = outcome(read, case_path(case))
    taken = actions(findings)
    wanted = Action(case["action"]) if case["action"] != "accept" else None
    assert (wanted in taken) if wanted else not taken & {Action.REJECT, Action.QUARANTINE}
    texts = [f.message(language) for f in findings for language in ("en", "zh")]
    assert not case["says"] or any(re.search(case["says"], text, re.I) for text in texts), texts
    assert all(f.source == case_path(case).name for f in findings)
    set_aside = {f.row for f in findings if f.action is Action.QUARANTINE}
    assert "" not in set_aside, "a row that is set aside is named"
    if table is not None and case["rows"]:
        assert len(table.frame) == int(case["rows"]) - len(set_aside)
    assert not any("CANARY-" in text for text in texts)
