"""Mapped: which units of two snapshots stand to each other, over codes, names, splits and mergers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo.errors import UsageError
from geo.mapped import _grouped, mapped, read_mapping
from tests.places import atlas


def test_a_snapshot_and_itself_are_joined_unit_by_unit(tmp_path: Path) -> None:
    one = atlas(tmp_path / "a")
    got = mapped(one, one)
    n = len(one.units)
    assert got.groups == n
    assert got.before.tolist() == got.after.tolist() == list(range(n))
    assert [side.tolist() for side in got.singles()] == [list(range(n))] * 2
    assert len(got.several()) == 0
    assert (got.edges["how"] == "same").all()


def test_a_new_edition_of_the_same_codes_is_joined(tmp_path: Path) -> None:
    got = mapped(atlas(tmp_path / "a", edition=2010), atlas(tmp_path / "b", edition=2012))
    assert (got.after >= 0).all()
    assert got.partner(0) == 0


def test_groups_are_the_connected_parts_in_the_order_of_the_later_side() -> None:
    # 0 and 1 merge into 2; 2 splits into 0 and 3; 3 has no partner; 4 goes to 1
    pairs = [(0, 2), (1, 2), (2, 0), (2, 3), (4, 1)]
    old, new = (np.array([p[i] for p in pairs]) for i in (0, 1))
    before, after = _grouped(old, new, (5, 5))
    assert after.tolist() == [0, 1, 2, 0, -1]
    assert before.tolist() == [2, 2, 0, -1, 1]


def test_pairs_alone_take_the_short_way_to_the_same_groups() -> None:
    before, after = _grouped(np.array([0, 2]), np.array([1, 0]), (3, 3))
    assert (before.tolist(), after.tolist()) == ([1, -1, 0], [0, 1, -1])


def given(*rows: tuple[str, str | None, str | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["level", "code_old", "code_new"], dtype=object)


def test_a_given_pair_stands_in_place_of_codes_and_names(tmp_path: Path) -> None:
    a = atlas(tmp_path / "a")
    got = mapped(a, a, given(("village", "V1", "V1"), ("village", "V2", "V1"), ("village", "V3", None)))
    at = {code: i for i, code in enumerate(a.units["code"])}
    assert got.before[at["V1"]] == got.before[at["V2"]] == got.after[at["V1"]]
    assert got.after[at["V2"]] == -1
    assert got.after[at["V3"]] == got.before[at["V3"]] == -1
    assert len(got.several()) == 1
    assert got.partner(at["V1"]) == -1
    assert got.partner(at["V4"]) == at["V4"]


def test_a_given_code_that_is_not_there_is_named(tmp_path: Path) -> None:
    a = atlas(tmp_path / "a")
    with pytest.raises(UsageError, match=r"code_new V99: no village of .* has this code"):
        mapped(a, a, given(("village", "V1", "V99")))


def test_snapshots_of_two_regions_are_refused(tmp_path: Path) -> None:
    a, b = atlas(tmp_path / "a"), atlas(tmp_path / "b")
    b.manifest["region"] = "hill"
    with pytest.raises(
        UsageError, match=r"of the region .*, .* of hill: compare two snapshots of one region"
    ):
        mapped(a, b)


def test_a_mapping_is_read_as_text_and_a_wrong_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "map.csv"
    path.write_text("level,code_old,code_new,note\nvillage,007,\n", encoding="utf-8-sig")
    got = read_mapping(path)
    assert got["code_old"].tolist() == ["007"]
    assert got["code_new"].isna().all()
    path.write_text("level,code_old\nvillage,1\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"map\.csv: lacks the columns code_new"):
        read_mapping(path)
    with pytest.raises(UsageError, match="no CSV that can be read"):
        read_mapping(tmp_path / "none.csv")
