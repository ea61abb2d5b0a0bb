"""GDAL made harmless before it is loaded: no virtual formats, no network, nothing written beside a source.

GDAL opens whatever a file's content says it is: a `.tif` that holds a VRT reads any file of the machine.
So importing this module, before pyogrio or rasterio, forbids those drivers by environment; and every reader
first checks the signature of its format and then names one driver. Both are needed: the environment has no
effect where somebody else has loaded GDAL already.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

#: Drivers that follow links in their content to other files, servers or commands.
VECTOR_SKIPPED = ("OGR_VRT", "WFS", "OAPIF", "CSW", "GPSBabel")
RASTER_SKIPPED = (
    "VRT",
    "DERIVED",
    "WMS",
    "WMTS",
    "WCS",
    "HTTP",
    "GTI",
    "STACTA",
    "STACIT",
    "EEDAI",
    "PLMOSAIC",
)
_ENVIRONMENT = {
    "GDAL_DRIVER_PATH": "disable",  # no plugins from outside
    "GDAL_PAM_ENABLED": "NO",  # no .aux.xml, neither read nor written
    "GDAL_HTTP_MAX_RETRY": "0",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".nothing",
    "SHAPE_RESTORE_SHX": "NO",  # would write beside the source
    "OGR_SQLITE_LOAD_EXTENSIONS": "NO",
    "CPL_DEBUG": "OFF",
}


def _disarm() -> None:
    """Set what GDAL reads when it registers its drivers (one that is named twice gives a warning)."""
    os.environ["OGR_SKIP"] = ",".join(VECTOR_SKIPPED)
    os.environ["GDAL_SKIP"] = ",".join(RASTER_SKIPPED)
    os.environ.update(_ENVIRONMENT)


_disarm()


@contextmanager
def quiet() -> Iterator[None]:
    """Keep GDAL's warnings off stderr: what is wrong with a source is told by findings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
