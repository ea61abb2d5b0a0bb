"""The settlement class follows its stated rule, and is compared with the two official lists."""

import geopandas as gpd
import pandas as pd
import pytest

from simulate.settlement import committee, is_special
from tests.reference import reference
from tests.simulate.shipped import BOUNDARIES

CLASSES = {"11": "urban", "12": "town", "21": "rural", "22": "rural"}


def official(edition: str) -> pd.DataFrame:
    table = pd.read_csv(reference("changzhou", f"villages_class_{edition}.csv"), dtype=str)
    return table.assign(official=table["class"].str[:2].map(CLASSES))


def villages() -> gpd.GeoDataFrame:
    return gpd.read_parquet(BOUNDARIES / "villages.parquet")


@pytest.mark.parametrize(("name", "kind"), [
    ("朝阳花园社区居委会", "居委会"),
    ("吊桥路社区居民委员会", "居委会"),
    ("东青社区居委会（含东青村村委）", "居委会"),
    ("新河村村委会", "村委会"),
    ("查家村村民委员会", "村委会"),
    ("创意产业园社区", "other"),
    ("雕庄街道园区(管理区）", "other"),
])  # fmt: skip
def test_the_kind_of_committee_is_read_from_the_name(name, kind):
    assert committee(name) == kind


def test_special_units_are_told_by_the_last_three_digits():
    assert is_special("320481400498")
    assert is_special("320411101500")
    assert not is_special("320402001001")
    assert not is_special("320402004201")


def test_the_rule_agrees_with_the_official_classes_of_2022_mostly():
    table = villages().merge(official("2022"), on="code12")
    assert len(table) == 1046
    agrees = table["settlement_class"] == table["official"]
    per_class = agrees.groupby(table["official"]).mean()
    said = f"agreement with 2022: all {agrees.mean():.3f}, {per_class.round(3).to_dict()}"
    print(said)  # noqa: T201 - seen with -s
    assert agrees.mean() >= 0.75, said
    assert per_class["rural"] >= 0.85, said
    assert per_class["urban"] >= 0.70, said
    assert per_class["town"] >= 0.45, said


def test_the_rule_agrees_with_the_official_classes_of_2016_mostly():
    table = villages().merge(official("2016"), on="code12")
    assert len(table) == 850
    assert (table["settlement_class"] == table["official"]).mean() >= 0.70


def test_the_rule_is_no_copy_of_an_official_list():
    table = villages().merge(official("2022"), on="code12")
    assert (table["settlement_class"] == table["official"]).mean() < 0.95


def test_villages_that_2022_does_not_know_have_a_class_by_the_rule_all_the_same():
    table = villages()
    new = set(table["code12"]) - set(official("2022")["code12"])
    assert new == {"320404004008", "320404007010", "320412105007"}
    assert (
        table.set_index("code12").loc[sorted(new), "settlement_class"].isin(["urban", "town", "rural"]).all()
    )


def test_codes_gone_since_2022_are_in_no_shipped_table():
    gone = set(official("2022")["code12"]) - set(villages()["code12"])
    assert len(gone) == 21
    assert all(code.startswith("320413") for code in gone)
    hamlets = gpd.read_parquet(BOUNDARIES / "hamlets.parquet")
    assert not gone & set(hamlets["code12"])
