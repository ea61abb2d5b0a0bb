"""Radio: loss along a path, antennas, sites, terrain, and the level that reaches each pixel.

Arrays and tables in, arrays out: this room knows neither regions nor rules of coverage.
"""
