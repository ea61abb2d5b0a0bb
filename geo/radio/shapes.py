"""Classes as polygons, for maps; shares are counted on the raster.

References
----------
.. [1] GDAL's polygonize and sieve, through rasterio.features.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import UsageError
from geo.radio.frame import Frame


def class_polygons(classes: NDArray[np.uint8], frame: Frame, *, least_pixels: int = 1) -> gpd.GeoDataFrame:
    """Return one multipolygon a class: columns `level_class`, `pixels` and geometry in the frame's CRS.

    The pieces of a class touch at corners at most, so that nothing is to be united.

    Parameters
    ----------
    classes
        Class of each pixel (`geo.radio.classes.classified`).
    frame
        Where the pixels lie.
    least_pixels
        Smaller patches are given to their largest neighbour first: a sieve, which moves up to 43 % of the pixels of
        patchy maps. 1: none; `pixels` counts what is drawn.

    Raises
    ------
    UsageError
        The raster is not the frame's, or less than one pixel.
    """
    from affine import Affine
    from rasterio import features

    if classes.shape != frame.shape or least_pixels < 1:
        raise UsageError(
            f"a raster of {classes.shape} in a frame of {frame.shape}, patches of {least_pixels} pixels"
        )
    drawn = features.sieve(classes, least_pixels, connectivity=4) if least_pixels > 1 else classes
    pieces: dict[int, list[shapely.Polygon]] = {}
    for shape, value in features.shapes(drawn, connectivity=4, transform=Affine(*frame.transform)):
        pieces.setdefault(int(value), []).append(
            shapely.Polygon(shape["coordinates"][0], shape["coordinates"][1:])
        )
    order = sorted(pieces)
    return gpd.GeoDataFrame(
        {"level_class": order, "pixels": [int((drawn == k).sum()) for k in order]},
        geometry=[shapely.MultiPolygon(pieces[k]) for k in order],
        crs=frame.crs,
    )
