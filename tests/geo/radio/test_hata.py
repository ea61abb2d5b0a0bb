"""Both Hata models give the table's values inside their limits, and no number outside."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.radio.hata import OutsideModel, Path, cost231_hata_db, okumura_hata_db
from tests.reference import reference


def table(status: str) -> pd.DataFrame:
    rows = pd.read_csv(reference("radio", "hata", "hata_cost231_cases.csv"))
    return rows[rows["status"] == status]


def ours(row) -> float:
    path = Path(row.f_mhz, row.hb_m, row.hm_m, row.d_km)
    return (okumura_hata_db if row.model == "okumura_hata" else cost231_hata_db)(path, row.environment)


def test_every_value_of_the_table_is_met():
    rows = table("ok")
    assert len(rows) == 140
    assert max(abs(ours(row) - row.loss_db) for row in rows.itertuples()) < 1e-6


def test_every_row_outside_is_refused_and_names_all_that_is_outside():
    rows = table("reject")
    assert len(rows) == 28
    for row in rows.itertuples():
        with pytest.raises(OutsideModel, match=r"outside (Okumura|COST-231)-Hata: ") as seen:
            ours(row)
        assert " ".join(seen.value.reasons) == row.reject_reasons, row.case


def test_the_message_says_what_was_asked_and_the_limits():
    with pytest.raises(OutsideModel, match=r"frequency 2140 MHz \(from 1500 to 2000\); base_height 20 m"):
        cost231_hata_db(Path(2140, 20, 1.5, 2), "medium")


def test_between_200_and_400_mhz_no_large_city_is_answered():
    with pytest.raises(OutsideModel, match="large city: frequency 300 MHz"):
        okumura_hata_db(Path(300, 30, 1.5, 2), "urban_large")
    assert okumura_hata_db(Path(300, 30, 1.5, 2), "urban_small") > 100


def test_the_landmarks_are_met():
    assert okumura_hata_db(Path(900, 30, 1.5, 1), "urban_small") == pytest.approx(126.40, abs=0.02)
    assert cost231_hata_db(Path(1800, 30, 1.5, 1), "medium") == pytest.approx(136.20, abs=0.02)


inside = st.builds(Path, st.floats(150, 1500), st.floats(30, 200), st.floats(1, 10), st.floats(1, 19))


@given(inside, st.floats(0.01, 1))
def test_farther_is_weaker_and_open_land_is_better_than_a_suburb_than_a_city(path, more):
    farther = Path(path.f_mhz, path.base_m, path.mobile_m, path.d_km + more)
    assert okumura_hata_db(farther, "open") > okumura_hata_db(path, "open")
    kinds = [okumura_hata_db(path, k) for k in ("open", "suburban", "urban_small")]
    assert kinds == sorted(kinds)
