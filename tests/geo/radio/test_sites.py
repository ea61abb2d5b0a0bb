"""The table of sites: defaults are said, bad values are set aside by row with the remedy, the rest is kept."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pytest

from geo.radio.antennas import Antenna, sector
from geo.radio.sites import checked_sites
from geo.radio.standing import standing_cells
from geo.radio.technologies import TECHNOLOGIES, frequency_mhz, measured_dbm
from geo.radio.terrain import Ground, flat_ground
from geo.read.delimited import read_delimited
from geo.read.table import Refused
from geo.terms import Action
from tests.geo.radio.worlds import frame

HEAD = "cell_id,site_id,operator,technology,band,lon,lat,height_m,azimuth,tilt,beamwidth,power_dbm,gain_dbi,loss_db,settlement_class,since,pattern,ground_m"
GOOD = "A1,A,CU,umts,2100,117.05,31.6,35,120,4,65,33,17,2,rural,2009-05-17,,"


def sites(tmp_path, *rows, head=HEAD, **options):
    path = tmp_path / "sites.csv"
    path.write_text("\n".join([head, GOOD, *rows]) + "\n", encoding="utf-8")
    return checked_sites(read_delimited(path), "sites", **options)


def changed(**change) -> str:
    values = dict(zip(HEAD.split(","), GOOD.split(","), strict=True)) | {"cell_id": "B1"} | change
    return ",".join(values.values())


def test_a_full_row_is_taken_as_it_stands(tmp_path):
    made = sites(tmp_path)
    row = made.frame.iloc[0]
    assert made.findings == []
    assert (row.cell_id, row.f_mhz, row.height_m, row.azimuth, row.eirp_dbm) == (
        "A1",
        2140.0,
        35.0,
        120.0,
        48.0,
    )
    assert row.assumed == ""


BAD = [
    ({"azimuth": "361"}, r"azimuth 361\.0 deg cannot be: 0\.0 to 360\.0"),
    ({"azimuth": "-10"}, r"azimuth -10\.0 deg"),
    ({"height_m": "0"}, r"height_m 0\.0 m cannot be"),
    ({"height_m": "4000"}, r"height_m 4000\.0 m cannot be: 1\.0 to 500\.0"),
    ({"power_dbm": "20"}, r"power_dbm 20\.0 is no .* If watts are meant it is 43\.0 dBm"),
    ({"power_dbm": "2"}, r"If watts are meant it is 33\.0 dBm"),
    ({"power_dbm": "20 W"}, "power_dbm 20 W: no number"),
    ({"lon": "31.6", "lat": "117.05"}, "look swapped"),
    ({"lon": "500000", "lat": "3500000"}, "no longitude and latitude in degrees"),
    ({"technology": "5g"}, "technology 5g is not known: umts, cdma2000"),
    ({"band": "850"}, "umts is not used at 850 MHz; known bands: 2100, 900"),
    ({"tilt": "95"}, r"tilt 95\.0 deg"),
    ({"gain_dbi": "175"}, r"gain_dbi 175\.0 dBi"),
    ({"loss_db": "nan"}, "loss_db nan: no number"),
    ({"since": "17.5.2009"}, "since 17.5.2009: no day"),
    ({"cell_id": "A1"}, "the cell A1 stands in an earlier row already"),
    ({"cell_id": "", "site_id": ""}, "neither cell_id nor site_id"),
]


@pytest.mark.parametrize(("change", "match"), BAD, ids=[" ".join(c) + str(i) for i, (c, _) in enumerate(BAD)])
def test_a_bad_value_sets_its_row_aside_and_keeps_the_others(tmp_path, change, match):
    made = sites(tmp_path, changed(**change), changed(cell_id="C1"))
    assert list(made.frame["cell_id"]) == ["A1", "C1"]
    (finding,) = made.findings
    assert finding.action is Action.QUARANTINE
    assert finding.row.startswith("line 3")
    assert re.search(match, finding.message()), finding.message()
    assert finding.remedy()
    assert finding.message("zh")


def test_what_is_missing_is_assumed_and_said(tmp_path):
    made = sites(
        tmp_path,
        ",D,,gsm,,117.05,31.6,,90,,,,,,town,,,",
        ",D,,gsm,,117.05,31.6,,210,,,,,,,,,",
        ",E,,umts,,117.05,31.6,,,,,,,,,,,",
    )
    rows = made.frame.set_index("cell_id")
    assert list(rows.index) == ["A1", "D-1", "D-2", "E-1"]
    assert rows.loc["D-1", ["height_m", "tilt", "beamwidth", "eirp_dbm", "f_mhz"]].tolist() == [
        35.0,
        3.0,
        65.0,
        55.0,
        947.5,
    ]
    told = {"height_m", "tilt", "beamwidth", "band", "power_dbm", "gain_dbi", "loss_db", "cell_id"}
    assert set(rows.loc["D-1", "assumed"].split(", ")) == told
    assert np.isnan(rows.loc["E-1", "azimuth"])
    assert rows.loc["E-1", "tilt"] == 0.0
    said = {f.values["field"]: f.values["cells"] for f in made.findings}
    assert (said["height_m"], said["power_dbm"], said["tilt"]) == (3, 3, 3)


def test_cells_that_go_on_air_later_are_left_out(tmp_path):
    made = sites(tmp_path, changed(since="2011-01-01"), as_of=dt.date(2010, 12, 31))
    assert list(made.frame["cell_id"]) == ["A1"]
    assert made.findings[0].rule == "site.later"


def test_missing_columns_are_named(tmp_path):
    path = tmp_path / "sites.csv"
    path.write_text("cell_id,lon\nA,117\n")
    with pytest.raises(Refused, match=r"columns are missing: technology, lat\. There are: cell_id, lon"):
        checked_sites(read_delimited(path), "sites")


def test_bands_and_lte_s_resource_elements():
    assert frequency_mhz(TECHNOLOGIES["td-scdma"], "1890") == 1890.0
    assert frequency_mhz(TECHNOLOGIES["cdma2000"], "850") == 878.0
    assert frequency_mhz(TECHNOLOGIES["umts"], "x") is None
    assert measured_dbm(TECHNOLOGIES["lte"], 46.0) == pytest.approx(15.2, abs=0.05)


def test_sites_off_the_frame_on_a_void_or_with_a_lost_pattern_are_set_aside(tmp_path):
    at = frame()  # 117 E is the zone's meridian; the frame begins there at 3,500 km
    made = sites(
        tmp_path,
        changed(cell_id="far", lon="118.5"),
        changed(cell_id="void", lon="117.1"),
        changed(cell_id="lost", pattern="K7"),
        changed(cell_id="high", ground_m="200"),
        changed(cell_id="dumb", pattern="K8", gain_dbi=""),
    )
    heights = np.full(at.shape, 20.0)
    heights[:, 80:] = np.nan
    ground = Ground(heights, None, "terrain")
    dumb = sector()
    cells, findings = standing_cells(made.frame, at, ground, "sites", patterns={"K8": dumb})
    assert [c.cell_id for c in cells] == ["A1", "high"]
    assert {f.row.split("(")[1]: f.rule for f in findings} == {
        "far)": "site.off_frame",
        "void)": "site.on_void",
        "lost)": "site.pattern",
        "high)": "site.ground",
        "dumb)": "site.pattern_gain",
    }
    assert all(f.message() and f.message("zh") for f in findings)


def test_a_pattern_s_gain_and_tilt_count_where_the_table_leaves_them_out(tmp_path):
    made = sites(
        tmp_path,
        changed(cell_id="P", pattern="K7", gain_dbi="", tilt=""),
        changed(cell_id="Q", pattern="K7", tilt="6"),
    )
    shape = sector()
    antenna = Antenna("K7", shape.horizontal, shape.vertical, 60.0, 18.0, 4.0)
    cells, _ = standing_cells(made.frame, frame(), flat_ground(frame()), "sites", patterns={"K7": antenna})
    by = {c.cell_id: c for c in cells}
    assert (by["P"].eirp_dbm, by["P"].tilt) == (33.0 + 18.0 - 2.0, 0.0)
    assert (by["Q"].eirp_dbm, by["Q"].tilt) == (48.0, 2.0)
