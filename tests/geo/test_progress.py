"""Differences and progress: what changed between snapshots, and when targets are met; nothing where nothing did."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geo.__main__ import main
from geo.atlas import Atlas
from geo.differ import COLUMNS, differences
from geo.errors import UnknownName, UsageError
from geo.mapped import mapped
from geo.progress import progress, steps
from tests.places import BROADBAND, VILLAGES, atlas

#: Half a year before: V1H2 without broadband, V2H1 with it; no node at V4.
THEN: dict[str, Any] = {
    "as_of": "2009-12-31",
    "broadband": {**BROADBAND, "V1H2": "no", "V2H1": "yes"},
    "nodes": ("V1", "V2"),
}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Atlas, Atlas]:
    """The valley a year apart."""
    folder = tmp_path_factory.mktemp("two")
    return atlas(folder / "a", **THEN), atlas(folder / "b")


def between(before: Atlas, after: Atlas, **words: Any) -> pd.DataFrame:
    return differences(before, after, mapped(before, after), **words)


def test_a_snapshot_and_itself_differ_in_nothing(two: tuple[Atlas, Atlas]) -> None:
    got = between(two[1], two[1])
    assert got.empty
    assert list(got.columns) == list(COLUMNS)


def test_every_fact_that_changed_is_a_row(two: tuple[Atlas, Atlas]) -> None:
    got = between(*two)
    facts = got[(got["kind"] == "fact") & (got["what"] == "broadband *")]
    told = {
        r["unit_after"].split(":")[1].split("@")[0]: (r["before"], r["after"])
        for r in facts.to_dict("records")
    }
    assert told == {"V1H2": ("uncovered", "covered"), "V2H1": ("covered", "partial")}
    assert not (got["kind"] == "unit").any()


def test_a_target_that_moved_is_a_row_with_its_change(two: tuple[Atlas, Atlas]) -> None:
    got = between(*two).set_index("what")
    row = got.loc["fibre_villages numerator"]
    whole = row[row["level"] == "city"].iloc[0] if isinstance(row, pd.DataFrame) else row
    assert float(whole["after"]) - float(whole["before"]) == whole["change"] == 1


def test_swapping_the_days_flips_every_sign(two: tuple[Atlas, Atlas]) -> None:
    there, back = between(*two), between(*reversed(two))
    key = ["kind", "what", "unit_after", "before", "after"]
    turned = back.rename(
        columns={
            "before": "after",
            "after": "before",
            "unit_after": "unit_before",
            "unit_before": "unit_after",
        }
    )
    there, turned = (t.sort_values(key).reset_index(drop=True) for t in (there, turned))
    assert there[key].equals(turned[key])
    np.testing.assert_array_equal(there["change"].to_numpy(), -turned["change"].to_numpy())


def test_one_service_alone_may_be_asked_for(two: tuple[Atlas, Atlas]) -> None:
    got = between(*two, service="fibre")
    assert set(got["kind"]) == {"fact", "target"}
    assert got["what"].str.startswith("fibre").all()
    with pytest.raises(
        UnknownName, match="'post' is no service of either snapshot; there is fibre, broadband, cable_tv"
    ):
        between(*two, service="post")


def test_a_rule_that_changed_and_units_that_came_are_told(two: tuple[Atlas, Atlas], tmp_path: Path) -> None:
    later = atlas(tmp_path, distance=500, villages=VILLAGES[:5])
    got = between(two[1], later)
    assert got.loc[got["kind"] == "rule", ["name", "what"]].to_numpy().tolist() == [["fibre", "rule"]]
    gone = got[(got["kind"] == "unit") & (got["what"] == "gone")]
    assert sorted(u.split(":")[1].split("@")[0] for u in gone["unit_before"]) == ["V6", "V6H1", "V6H2"]


def test_a_merger_is_named_once_and_its_parts_are_not_compared(two: tuple[Atlas, Atlas]) -> None:
    pairs = pd.DataFrame([("village", "V1", "V1"), ("village", "V2", "V1"), ("village", "V3", "V3")],
                         columns=["level", "code_old", "code_new"], dtype=object)  # fmt: skip
    got = differences(*two, mapped(*two, pairs))
    merged = got[got["what"] == "merged"].iloc[0]
    assert (merged["before"], merged["after"], merged["change"]) == ("2", "1", -1)
    assert len(merged["unit_before"].split()) == 2


def test_the_share_pace_and_days_of_a_target(two: tuple[Atlas, Atlas]) -> None:
    got = progress(steps(reversed(two)), target="fibre_homes")
    assert got["as_of"].tolist() == ["2009-12-31", "2010-12-31"]
    first, last = got.to_dict("records")
    assert (first["numerator"], last["numerator"], last["denominator"]) == (150, 170, 350)
    assert (first["seen"], first["broken"]) == ("", "")
    assert last["pace_a_year"] == 20
    # 0.9 x 350 = 315; 145 homes at 20 a year are 7.25 years
    assert last["seen"] == "2018-04-01"
    assert last["earliest"] <= last["seen"]
    assert (last["lost_before"], last["lost_after"], last["fell_back"]) == (0, 0, 0)
    assert last["work"] == pytest.approx(20 / 350)
    assert last["by_denominator"] == 0


def test_the_units_that_fell_back_are_counted_and_what_stands_still_is_never_met(
    two: tuple[Atlas, Atlas],
) -> None:
    row = progress(steps(two), target="broadband_hamlets").iloc[-1]
    assert row["fell_back"] == 1
    assert row["seen"] == "never"
    assert row["pace_a_year"] == 0


def test_where_nothing_is_lost_the_mapped_share_is_the_scorecards(two: tuple[Atlas, Atlas]) -> None:
    got = progress(steps(two)).query("mapped_after == mapped_after")
    assert len(got) == 4
    np.testing.assert_allclose(got["mapped_after"], got["share"], rtol=1e-12)


def test_units_without_a_partner_are_lost_and_said(two: tuple[Atlas, Atlas], tmp_path: Path) -> None:
    later = atlas(tmp_path, as_of="2011-12-31", villages=VILLAGES[:5], edition=2011)
    row = progress(steps([two[1], later]), target="fibre_villages").iloc[-1]
    assert (row["lost_before"], row["lost_after"], row["lost_before_weight"]) == (1, 0, 1)
    assert row["mapped_after"] == 0.6
    assert row["denominator"] == 5


def test_a_target_by_another_rule_is_no_series(two: tuple[Atlas, Atlas], tmp_path: Path) -> None:
    later = atlas(tmp_path, as_of="2011-12-31", distance=500)
    row = progress(steps([two[1], later]), target="fibre_homes").iloc[-1]
    assert row["broken"] == "rule"
    assert np.isnan(row["pace_a_year"])
    assert row["seen"] == ""


def test_what_is_no_series_of_snapshots_is_refused(two: tuple[Atlas, Atlas]) -> None:
    with pytest.raises(UsageError, match="1 snapshot: progress needs two or more"):
        steps(two[:1])
    with pytest.raises(UsageError, match="are of one day: name the one that counts"):
        steps([two[0], two[0]])
    with pytest.raises(UsageError, match=r"no target 'post' is judged at .*; there is broadband_hamlets"):
        progress(steps(two), target="post")


# The verbs.


def said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: object
) -> tuple[int, str, str]:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "argv", ["cuntong", *map(str, words)])
    try:
        main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    else:
        code = 0
    text = capsys.readouterr()
    return code, text.out, text.err


def test_diff_prints_nothing_but_heads_for_a_snapshot_and_itself(
    two: tuple[Atlas, Atlas], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = two[0].snapshot.path
    assert said(monkeypatch, capsys, "diff", path, path, "--format", "csv") == (
        0,
        ",".join(COLUMNS) + "\n",
        "",
    )
    assert said(monkeypatch, capsys, "diff", path, path, "--format", "json")[1].strip() == "[]"


def test_diff_and_progress_print_tables_and_json(
    two: tuple[Atlas, Atlas], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [a.snapshot.path for a in two]
    code, out, _ = said(monkeypatch, capsys, "diff", *paths)
    assert code == 0
    assert "uncovered" in out
    code, out, _ = said(monkeypatch, capsys, "progress", *(p.parent for p in paths), "--format", "json")
    assert code == 0
    assert {r["as_of"] for r in json.loads(out)} == {"2009-12-31", "2010-12-31"}
    code, out, _ = said(monkeypatch, capsys, "progress", *paths, "--target", "fibre_homes")
    assert "2018-04-01" in out


def test_a_wrong_mapping_ends_with_2_and_names_the_code(
    two: tuple[Atlas, Atlas],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "map.csv"
    path.write_text("level,code_old,code_new\nvillage,V99,V1\n", encoding="utf-8")
    code, _, err = said(monkeypatch, capsys, "diff", *(a.snapshot.path for a in two), "--map", path)
    assert code == 2
    assert "code_old V99" in err
