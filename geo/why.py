"""Why: one fact explained down to feature ids, out of a snapshot alone."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from geo.errors import UnknownName
from geo.snapshot import Snapshot
from geo.terms import Status


@dataclass(frozen=True)
class Reason:
    """One operator's fact and its explanation.

    Attributes
    ----------
    fact
        The row of the facts table.
    sentences
        The rule as it was applied, what was found, and what would change it.
    evidence
        Feature or unit ids.
    """

    operator: str
    fact: Mapping[str, Any]
    sentences: tuple[str, ...]
    evidence: tuple[str, ...]


def find_unit(snapshot: Snapshot, wanted: str) -> dict[str, Any]:
    """Return the unit of an id, a code or a name.

    Raises
    ------
    UnknownName
        None of that name, or several; the message lists the nearest or all of them.
    """
    units = snapshot.arrow(
        "units",
        ["unit_id", "level", "code", "name", "parent_id", "settlement_class", "population", "households"],
    ).to_pandas()
    for column in ("unit_id", "code", "name"):
        found = units[units[column] == wanted]
        if len(found) == 1:
            return {str(k): v for k, v in found.iloc[0].items()}
        if len(found) > 1:
            listed = ", ".join(found["unit_id"].head(8))
            raise UnknownName(f"'{wanted}' is {len(found)} units: {listed}. Name one by its id.")
    near = difflib.get_close_matches(wanted, [*units["code"], *units["name"]], n=3)
    hint = f" Nearest: {', '.join(near)}." if near else ""
    raise UnknownName(f"'{wanted}' is no unit of {snapshot.name}: give an id, a code or a name.{hint}")


def service_of(snapshot: Snapshot, wanted: str) -> dict[str, Any]:
    """Return the service's block of the manifest.

    Raises
    ------
    UnknownName
        The snapshot has no such service; the message lists those there are.
    """
    services: list[dict[str, Any]] = snapshot.manifest["services"]
    for service in services:
        if service["id"] == wanted:
            return service
    there = ", ".join(s["id"] for s in services)
    raise UnknownName(f"'{wanted}' is no service of {snapshot.name}; there is {there}.")


def why(snapshot: Snapshot, unit_id: str, service_id: str) -> list[Reason]:
    """Return the reasons of a unit's facts for one service, "any operator" first.

    Raises
    ------
    UnknownName
        There is no fact: the service has no rule at the unit's level.
    """
    service = service_of(snapshot, service_id)
    facts = snapshot.arrow("facts")
    chosen = facts.filter(
        pc.and_(
            pc.equal(facts["unit_id"].cast("string"), unit_id),
            pc.equal(facts["service"].cast("string"), service_id),
        )
    )
    rows = (
        chosen.to_pandas()
        .sort_values("operator", key=lambda c: c.astype(str), kind="stable")
        .to_dict("records")
    )
    if not rows:
        levels = ", ".join(dict.fromkeys(r["level"] for r in service["rules"]))
        raise UnknownName(
            f"{unit_id} has no fact for '{service_id}': its rules are for {levels}. Shares of units above stand in the scorecard."
        )
    level = unit_id.split(":", 1)[0]
    return [_reason(snapshot, service, level, row) for row in rows]


def _reason(snapshot: Snapshot, service: Mapping[str, Any], level: str, fact: Mapping[str, Any]) -> Reason:
    evidence = tuple(str(e) for e in fact["evidence"])
    rules = [r for r in service["rules"] if r["level"] == level and r["rule"] == fact["rule"]]
    rule = rules[0] if rules else next((r for r in service["rules"] if r["level"] == level), {})
    sentences = (
        _rule(service, rule, fact),
        *_found(fact),
        *_change(service, rule, fact, evidence),
        *_declared(fact),
    )
    return Reason(str(fact["operator"]), fact, tuple(s for s in sentences if s), evidence)


def _rule(service: Mapping[str, Any], rule: Mapping[str, Any], fact: Mapping[str, Any]) -> str:
    """Return the rule in words, as it was applied to this unit."""
    name, by = fact["rule"], fact["basis_used"]
    if name == "within":
        limit = (
            f"{rule['distance_m']:,.0f} m"
            if rule.get("distance_m") is not None
            else "the reach that each node states"
        )
        rate = f" with at least {rule['min_mbps']:g} Mbps" if rule.get("min_mbps") else ""
        return f"Rule within: plant{rate} at most {limit} away, measured from the unit's {by}."
    if name in ("area_share", "population_share", "household_share"):
        return (
            f"Rule {name}: the share inside coverage areas, by {by}; covered from {service['covered']:.0%}, "
            f"partly above {service['partial']:.0%}."
        )
    if name == "declared":
        return "Rule declared: as a table says; nothing was computed."
    share = f" at least {rule['share']:.0%}" if rule.get("share") else ""
    return f"Rule {name}: decided by the units below{share}, counted by {by.removeprefix('children:')}."


def _found(fact: Mapping[str, Any]) -> list[str]:
    """Return what was measured."""
    out = []
    if not math.isnan(fact["nearest_m"]):
        out.append(f"Nearest plant: {fact['nearest_id']}, {fact['nearest_m']:,.1f} m away.")
    shares = [
        f"{fact[f'share_{b}']:.1%} of its {b}"
        for b in ("area", "population", "households")
        if not math.isnan(fact[f"share_{b}"])
    ]
    if shares:
        out.append("Covered: " + ", ".join(shares) + ".")
    if not math.isnan(fact["best_mbps"]):
        out.append(f"Best rate stated there: {fact['best_mbps']:g} Mbps.")
    if 0 < fact["unknown_share"] < 1:
        out.append(f"Of {fact['unknown_share']:.1%} of it nothing is known: an operator is silent here.")
    return out


def _change(
    service: Mapping[str, Any], rule: Mapping[str, Any], fact: Mapping[str, Any], evidence: tuple[str, ...]
) -> list[str]:
    """Return what would change the fact."""
    status = fact["status"]
    if status == Status.COVERED:
        return []
    if status == Status.UNKNOWN:
        return ["No source speaks of this unit: it would take a delivery, or a declaration, that does."]
    if fact["rule"] == "within" and rule.get("distance_m") is not None and not math.isnan(fact["nearest_m"]):
        short = fact["nearest_m"] - rule["distance_m"]
        return [f"Plant would have to come {short:,.0f} m nearer."] if short > 0 else []
    if fact["rule"] == "within":
        return ["A node whose reach includes this place would cover it."]
    if fact["rule"].endswith("_share"):
        basis = {"area_share": "area", "population_share": "population", "household_share": "households"}[
            fact["rule"]
        ]
        share = fact[f"share_{basis}"]
        lacking = service["covered"] - (share if not math.isnan(share) else 0.0)
        return [f"Another {lacking:.1%} of it would have to be covered."] if lacking > 0 else []
    return [f"{len(evidence)} units below are not covered: they would have to be."]


def _declared(fact: Mapping[str, Any]) -> list[str]:
    declared = fact["declared_status"]
    if declared is None or pd.isna(declared):
        return []
    if declared != fact["status"]:
        return [f"DECLARED {declared}, computed {fact['status']}: the two disagree."]
    return [f"Declared {declared} too."]
