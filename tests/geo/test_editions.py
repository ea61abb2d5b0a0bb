"""Editions: which codes of one yearly list mean the same place in another."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.editions import COLUMNS, bare, counts, in_common, map_editions
from tests.reference import reference


def list_of(**names: str) -> pd.DataFrame:
    return pd.DataFrame({"code": [k[1:] for k in names], "name": list(names.values())}, dtype=object)


def one(mapping: pd.DataFrame, code: str) -> pd.Series:
    return mapping[(mapping["code_old"] == code) & (mapping["code_new"] == code)].iloc[0]


def changzhou(file: str) -> pd.DataFrame:
    table = pd.read_csv(reference("changzhou", file), dtype=str, keep_default_na=False)
    return table.rename(columns={"code12": "code"})


def test_the_kind_of_committee_is_no_part_of_the_name() -> None:
    for name in ("吊桥路社区居民委员会", "吊桥路社区居委会", "吊桥路居委会", "吊桥路社区", "吊桥路"):
        assert bare(name) == "吊桥路"
    assert bare("东桥村村委会") == "东桥村"
    assert bare("社区") == "社区"


def test_each_fate_of_a_code_has_its_word() -> None:
    old = list_of(
        c320402001001="东桥居委会",
        c320402001002="新城逸境社区居委会",
        c320402001003="吊桥路居委会",
        c320402001004="河海居委会",
        c320402001005="后阳居委会",
    )
    new = list_of(
        c320402001001="东桥社区居民委员会",
        c320402001002="新城逸境园社区居委会",
        c320402001003="东头村居委会",
        c320402002017="河海社区居委会",
        c320402002018="泰盈居委会",
    )
    mapping = map_editions(old, new)
    assert list(mapping.columns) == list(COLUMNS)
    expected = {"same": 1, "renamed": 1, "reassigned": 1, "recoded": 1, "gone": 1, "new": 1}
    assert counts(mapping) == expected
    moved = mapping[mapping["how"] == "recoded"].iloc[0]
    assert (moved["code_old"], moved["code_new"]) == ("320402001004", "320402002017")


def test_a_name_that_repeats_in_the_county_never_links_two_codes() -> None:
    old = list_of(c320413106215="新河村", c320413112214="新河村")
    new = list_of(c320413107001="新河村", c320413108001="新河村")
    assert counts(map_editions(old, new)) | {"gone": 2, "new": 2, "recoded": 0} == counts(
        map_editions(old, new)
    )


def test_a_name_that_repeats_in_the_county_is_told_apart_by_its_township() -> None:
    old = list_of(c320413106215="新河村", c320413112214="新河村")
    new = list_of(c320413106315="新河村", c320413112314="新河村")
    assert counts(map_editions(old, new))["recoded"] == 2


def test_no_name_links_two_counties() -> None:
    mapping = map_editions(list_of(c320402001001="东桥"), list_of(c320404001001="东桥"))
    assert list(mapping["how"]) == ["gone", "new"]


def test_two_places_that_change_codes_are_two_reassigned_codes_and_two_moves() -> None:
    old = list_of(c320402001001="东桥", c320402001002="西坞")
    new = list_of(c320402001001="西坞", c320402001002="东桥")
    assert counts(map_editions(old, new))["reassigned"] == 2
    assert counts(map_editions(old, new))["recoded"] == 2


@pytest.mark.parametrize(
    ("a", "b", "share"), [("吊桥路", "东头村", 0.0), ("闵墅村", "闵市村", 2 / 3), ("东", "东桥", 1.0)]
)
def test_names_are_compared_by_their_longest_common_part(a: str, b: str, share: float) -> None:
    assert in_common(a, b) == in_common(b, a) == pytest.approx(share)


CODES = st.dictionaries(
    st.from_regex(r"32040[24]00[12]00\d", fullmatch=True),
    st.sampled_from(["东桥", "西坞", "新河", "老山", "后阳"]),
)


@given(CODES, CODES)
def test_every_code_stands_in_the_mapping_and_order_changes_nothing(a: dict, b: dict) -> None:
    old, new = (pd.DataFrame({"code": list(x), "name": list(x.values())}, dtype=object) for x in (a, b))
    mapping = map_editions(old, new)
    assert set(mapping["code_old"].dropna()) == set(a)
    assert set(mapping["code_new"].dropna()) == set(b)
    pd.testing.assert_frame_equal(mapping, map_editions(old[::-1], new[::-1]))
    joined = mapping[mapping["how"].isin(["same", "renamed", "recoded"])]
    assert not joined["code_old"].duplicated().any()
    assert not joined["code_new"].duplicated().any()
    for _, row in mapping[mapping["how"].isin(["same", "recoded"])].iterrows():
        assert bare(row["name_old"]) == bare(row["name_new"])


@given(CODES)
def test_an_edition_is_the_same_as_itself(a: dict) -> None:
    table = pd.DataFrame({"code": list(a), "name": list(a.values())}, dtype=object)
    assert set(map_editions(table, table)["how"]) <= {"same"}


def test_changzhou_2016_to_2023_has_the_counts_of_its_readme() -> None:
    mapping = map_editions(changzhou("villages_class_2016.csv"), changzhou("villages_2023.csv"))
    common = mapping[mapping["code_old"] == mapping["code_new"]]
    assert len(common) == 850
    assert (common["how"] != "same").sum() == 31
    assert mapping["code_old"].nunique() == 1056
    assert mapping["code_new"].nunique() == 1049
    assert one(mapping, "320404005015")["how"] == "reassigned"
    assert one(mapping, "320402109223")["how"] == "renamed"


def test_changzhou_2022_to_2023_has_the_counts_of_its_readme() -> None:
    mapping = map_editions(changzhou("villages_class_2022.csv"), changzhou("villages_2023.csv"))
    found = counts(mapping)
    assert (found["gone"], found["new"], found["renamed"], found["recoded"]) == (21, 3, 8, 0)
    assert set(mapping[mapping["how"] == "new"]["code_new"]) == {
        "320404004008",
        "320404007010",
        "320412105007",
    }
    assert mapping[mapping["how"] == "gone"]["code_old"].str.startswith("320413").all()


def test_changzhou_2016_to_2022_has_the_counts_of_its_readme() -> None:
    mapping = map_editions(changzhou("villages_class_2016.csv"), changzhou("villages_class_2022.csv"))
    assert (mapping["code_old"] == mapping["code_new"]).sum() == 871
