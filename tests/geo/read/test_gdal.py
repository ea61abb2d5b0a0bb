"""GDAL disarmed: drivers that follow links are gone, in a fresh process, without a word on stderr."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "listing",
    [
        "import pyogrio; print(*pyogrio.list_drivers())",
        "import rasterio.drivers, rasterio\nwith rasterio.Env() as env: print(*env.drivers())",
    ],
)
def test_drivers_that_read_other_files_are_not_registered(listing):
    script = f"import geo.read.gdal\n{listing}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    names = done.stdout.split()
    assert "GTiff" in names or "FlatGeobuf" in names
    assert not {"VRT", "OGR_VRT", "WFS", "WMS", "HTTP", "OAPIF", "CSW", "DERIVED"} & set(names)
    assert done.stderr == ""
