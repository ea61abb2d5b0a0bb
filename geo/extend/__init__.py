"""Least-cost extension: trees that join what is not served to what is there, with a proof of how far from the best.

Pure: arrays in, arrays out. Costs are whole numbers, every bound is exact, and work is counted in operations,
so that a result is the same on every machine.
"""
