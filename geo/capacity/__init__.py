"""Capacity: what a line can carry, what the tree above it can, how demand grows, and when a target is met.

Pure functions over tables and arrays. Every figure that is not computed here stands in a file of `curves/`
with its source, and may be replaced by a file of the same name.
"""
