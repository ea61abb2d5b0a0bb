"""Export: a table of what is on the screen, as a file that other programs open.

    choice -> tables.py -> ExportTable -> write.py -> geopackage, geoparquet, geojson, comma, sheet

Same snapshot, same choice: the same bytes, on any machine, in any time zone.
"""
