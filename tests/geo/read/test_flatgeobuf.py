"""FlatGeobuf: as GDAL gives it, and every cut refused."""

from __future__ import annotations

import pyogrio
import pytest

from geo.read.flatgeobuf import read_flatgeobuf
from geo.read.table import Refused
from tests.geo.read.units import folder_hash, units


@pytest.mark.parametrize("index", ["YES", "NO"])
def test_rows_come_as_gdal_gives_them_and_every_cut_is_refused(tmp_path, index):
    path = tmp_path / "units.fgb"
    pyogrio.write_dataframe(units(40), path, driver="FlatGeobuf", SPATIAL_INDEX=index)
    before = folder_hash(tmp_path)
    table = read_flatgeobuf(path)
    gdal = pyogrio.read_dataframe(path)
    assert table.frame["code"].tolist() == gdal["code"].tolist()
    assert table.frame.geometry.geom_equals_exact(gdal.geometry.set_axis(table.frame.index), 0).all()
    assert table.frame.crs.to_epsg() == 4490
    assert folder_hash(tmp_path) == before
    data = path.read_bytes()
    for size in range(0, len(data), max(1, len(data) // 40)):
        path.write_bytes(data[:size])
        with pytest.raises(Refused):
            read_flatgeobuf(path)


def test_another_format_under_this_name_is_not_opened(tmp_path):
    path = tmp_path / "units.fgb"
    layer = '<OGRVRTLayer name="x"><SrcDataSource>/etc/hosts</SrcDataSource></OGRVRTLayer>'
    path.write_text(f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>")
    with pytest.raises(Refused, match=r"not a FlatGeobuf file.*VRT"):
        read_flatgeobuf(path)
