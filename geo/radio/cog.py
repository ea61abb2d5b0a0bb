"""Rasters as cloud-optimized GeoTIFF: tiles, overviews, and what they were computed from as tags."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import UsageError
from geo.radio.frame import Frame


def write_cog(
    path: Path,
    raster: NDArray[Any],
    frame: Frame,
    *,
    nodata: float,
    scale: float = 1.0,
    tags: Mapping[str, str] | None = None,
) -> None:
    """Write one raster of a frame.

    Parameters
    ----------
    path
        A `.tif`; it is written whole or not at all.
    raster
        Rows from the north, of the frame's shape.
    frame
        Where the pixels lie.
    nodata
        What stands for unknown.
    scale
        Amount = stored value * scale: 0.01 for levels in hundredths of a dBm.
    tags
        What it was computed from: model, step, receiver, assumptions.

    Raises
    ------
    UsageError
        The raster is not the frame's.
    """
    import rasterio
    from affine import Affine
    from rasterio.io import MemoryFile
    from rasterio.shutil import copy

    if raster.shape != frame.shape:
        raise UsageError(f"a raster of {raster.shape} is not one of the frame's {frame.shape}")
    profile = {
        "driver": "GTiff",
        "width": frame.columns,
        "height": frame.rows,
        "count": 1,
        "dtype": raster.dtype.name,
        "crs": rasterio.crs.CRS.from_wkt(frame.crs.to_wkt()),
        "transform": Affine(*frame.transform),
        "nodata": nodata,
    }
    half = path.with_name(path.name + ".part")
    with MemoryFile() as memory:
        with memory.open(**profile) as dataset:
            dataset.write(raster, 1)
            dataset.scales = (scale,)
            dataset.update_tags(**dict(sorted((tags or {}).items())))
        predictor = 3 if np.issubdtype(raster.dtype, np.floating) else 2
        with memory.open() as dataset:
            copy(
                dataset,
                half,
                driver="COG",
                compress="DEFLATE",
                predictor=predictor,
                overview_resampling="nearest",
            )
    half.replace(path)
