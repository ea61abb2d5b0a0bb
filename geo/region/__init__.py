"""The region file: a TOML that states levels, sources, layers, services and targets."""

from geo.region.read import read_region
from geo.region.schema import Layer, Level, Operator, Region, Rule, Service, Source, Target

__all__ = ["Layer", "Level", "Operator", "Region", "Rule", "Service", "Source", "Target", "read_region"]
