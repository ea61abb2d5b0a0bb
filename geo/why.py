"""Why: one fact explained down to feature ids, out of a snapshot alone."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

import pandas as pd
import pyarrow.compute as pc

from geo.errors import UnknownName
from geo.findings import messages, visible
from geo.region.schema import CHILD_RULES
from geo.show import tenths
from geo.snapshot import Snapshot
from geo.terms import Basis, Kind, Status

ANY = "*"


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
    sources
        Of each layer that could tell of the unit: layer, source, kind, edition, attribution, licence, and
        whether it is `silent` here, with the reason.
    """

    operator: str
    fact: Mapping[str, Any]
    sentences: tuple[str, ...]
    evidence: tuple[str, ...]
    sources: tuple[Mapping[str, Any], ...] = ()

    def as_row(self) -> dict[str, Any]:
        """Return all of it as one row, for machines."""
        return {**self.fact, "because": list(self.sentences), "sources": [dict(s) for s in self.sources]}


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


def why(snapshot: Snapshot, unit_id: str, service_id: str, *, language: str = "en") -> list[Reason]:
    """Return the reasons of a unit's facts for one service, "any operator" first.

    Raises
    ------
    UnknownName
        There is no fact: the service has no rule at the unit's level.
    """
    service = service_of(snapshot, service_id)
    # The columns' names are text, which the stubs cannot know.
    rows = cast("list[dict[str, Any]]", _facts(snapshot, [unit_id], service_id).to_dict("records"))
    if not rows:
        levels = ", ".join(dict.fromkeys(r["level"] for r in service["rules"]))
        raise UnknownName(
            f"{unit_id} has no fact for '{service_id}': its rules are for {levels}. "
            "Shares of units above stand in the scorecard."
        )
    case = _case(snapshot, service, unit_id, rows, language)
    return [_reason(case, row) for row in rows]


def say(key: str, language: str, **values: Any) -> str:
    """Return one sentence or word of `messages/why.*.toml`; text from data is cleaned."""
    text = messages(language)[f"why.{key}"]["message"]
    return text.format_map({k: visible(v, 300) if isinstance(v, str) else v for k, v in values.items()})


@dataclass(frozen=True)
class _Case:
    """What the facts of one unit and service are explained from."""

    snapshot: Snapshot
    language: str
    service: Mapping[str, Any]
    rule: Mapping[str, Any]
    facts: Sequence[Mapping[str, Any]]
    below: pd.DataFrame
    sources: Mapping[str, Sequence[Mapping[str, Any]]]

    def say(self, key: str, **values: Any) -> str:
        return say(key, self.language, **values)

    def join(self, words: Sequence[str]) -> str:
        return self.say("join").join(words)

    def status(self, status: str) -> str:
        return Status.of(status).word(self.language)


def _facts(snapshot: Snapshot, unit_ids: Sequence[str], service_id: str) -> pd.DataFrame:
    """Return the facts of some units for a service, "any operator" first."""
    import pyarrow as pa

    facts = snapshot.arrow("facts")
    wanted = pc.and_(
        pc.is_in(facts["unit_id"].cast("string"), pa.array(unit_ids, pa.string())),
        pc.equal(facts["service"].cast("string"), service_id),
    )
    frame: pd.DataFrame = facts.filter(wanted).to_pandas()
    for column in ("unit_id", "operator", "status", "rule", "kind", "basis_used"):
        frame[column] = frame[column].astype(str)
    return frame.sort_values("operator", kind="stable")


def _case(
    snapshot: Snapshot,
    service: Mapping[str, Any],
    unit_id: str,
    facts: Sequence[Mapping[str, Any]],
    language: str,
) -> _Case:
    units = snapshot.frame("units").drop(columns="geometry", errors="ignore")
    units["unit_id"] = units["unit_id"].astype(str)
    units.index = pd.Index(units["unit_id"], name="id")
    unit = cast("pd.Series", units.loc[unit_id])  # one row: ids are unique
    rule = _rule_of(service, str(unit["level"]), str(unit["settlement_class"]))
    children = units[units["parent_id"].astype(str) == unit_id]
    below = children.iloc[:0]
    if rule.get("rule") in CHILD_RULES:
        below = _facts(snapshot, list(children.index), service["id"]).merge(
            children[["unit_id", "population", "households", "area_m2"]], on="unit_id"
        )
    line = _ancestors(units, unit_id)
    sources = {str(f["operator"]): _sources(snapshot, service, unit, str(f["operator"]), line) for f in facts}
    return _Case(snapshot, language, service, rule, facts, below, sources)


def _rule_of(service: Mapping[str, Any], level: str, settlement: str) -> Mapping[str, Any]:
    """Return the rule that a unit of a level and class falls to: the first that takes it."""
    mine = [r for r in service["rules"] if r["level"] == level]
    return next((r for r in mine if not r["classes"] or settlement in r["classes"]), mine[0] if mine else {})


def _ancestors(units: pd.DataFrame, unit_id: str) -> dict[str, tuple[str, str]]:
    """Return level -> code and name of a unit and of all above it."""
    out: dict[str, tuple[str, str]] = {}
    at: Any = unit_id
    while isinstance(at, str) and at in units.index:
        out[str(units.at[at, "level"])] = (str(units.at[at, "code"]), str(units.at[at, "name"]))
        at = units.at[at, "parent_id"]
    return out


def _sources(
    snapshot: Snapshot,
    service: Mapping[str, Any],
    unit: pd.Series,
    operator: str,
    line: Mapping[str, tuple[str, str]],
) -> list[dict[str, Any]]:
    """Return the layers that could tell of the unit for an operator, with their sources."""
    levels = [x["id"] for x in snapshot.manifest["levels"]]
    depth = levels.index(str(unit["level"]))
    rules = [_rule_of(service, str(unit["level"]), str(unit["settlement_class"]))]
    while rules and rules[-1].get("rule") in CHILD_RULES and depth + 1 < len(levels):
        depth += 1
        rules = [r for r in service["rules"] if r["level"] == levels[depth]]
    named = list(dict.fromkeys(x for r in rules for x in (*r.get("layers", ()), *r.get("declared", ()))))
    layers = [x for x in snapshot.manifest["layers"] if x["id"] in named]
    out = []
    for layer in layers:
        there = _operators_of(snapshot, layer)
        if operator != ANY and there is not None and operator not in there:
            continue
        source = snapshot.manifest["inputs"].get(layer["source"], {})
        about = {k: source.get(k) for k in ("kind", "edition", "attribution", "licence")}
        silent, where = _silent(snapshot, layer, operator, line)
        out.append(
            {"layer": layer["id"], "source": layer["source"], **about, "silent": silent, "where": where}
        )
    return out


def _operators_of(snapshot: Snapshot, layer: Mapping[str, Any]) -> set[str] | None:
    """Return the operators that a layer tells of; None where that is not known, or it names none."""
    operator = layer["operator"]
    if isinstance(operator, str):
        return {operator}
    table = f"plant/{layer['id']}"
    if operator is None or not snapshot.has(table):
        return None
    return set(snapshot.frame(table, ["operator"])["operator"].astype(str)) or None


def _silent(
    snapshot: Snapshot, layer: Mapping[str, Any], operator: str, line: Mapping[str, tuple[str, str]]
) -> tuple[str, str]:
    """Return why a layer does not speak of the unit ("survey", "empty", or ""), and the place it leaves out."""
    table = f"plant/{layer['id']}"
    if snapshot.has(table) and not snapshot.manifest["tables"][f"{table}.parquet"]["rows"]:
        return "empty", ""
    for survey in layer["survey"]:
        code, name = line.get(survey["level"], ("", ""))
        outside = code in survey["without"] or (survey["only"] and code not in survey["only"])
        if outside and survey["operator"] in (None, operator):
            return "survey", f"{survey['level']} {code} {name}".strip()
    return "", ""


def _reason(case: _Case, fact: Mapping[str, Any]) -> Reason:
    sources = case.sources[str(fact["operator"])]
    sentences = (
        _rule(case, fact),
        *_found(case, fact),
        *_change(case, fact),
        *_declared(case, fact),
        *(_source(case, s) for s in sources),
    )
    evidence = tuple(str(e) for e in fact["evidence"])
    return Reason(str(fact["operator"]), fact, tuple(s for s in sentences if s), evidence, tuple(sources))


def _source(case: _Case, source: Mapping[str, Any]) -> str:
    """Return where a layer's figures come from."""
    kind = Kind.of(source["kind"]).word(case.language) if source["kind"] else case.say("no_kind")
    edition = case.say("edition", edition=source["edition"]) if source["edition"] else ""
    thanks = (
        case.say("attribution", attribution=source["attribution"].rstrip("."))
        if source["attribution"]
        else ""
    )
    return case.say(
        "source",
        layer=source["layer"],
        source=source["source"],
        kind=kind,
        edition=edition,
        attribution=thanks,
    )


def _place(case: _Case, by: str) -> str:
    """Return what was measured by, in words."""
    name = by.removeprefix("children:")
    if by.startswith("children:") or name in tuple(Basis):
        return Basis.of(name).word(case.language)
    key = f"place_{name}"
    return case.say(key) if f"why.{key}" in messages(case.language) else name


def _rule(case: _Case, fact: Mapping[str, Any]) -> str:
    """Return the rule in words, as it was applied to this unit."""
    rule, name, place = case.rule, fact["rule"], _place(case, fact["basis_used"])
    if name == "within":
        metres = rule.get("distance_m")
        limit = (
            case.say("limit_reach") if metres is None else case.say("limit_metres", metres=f"{metres:,.0f}")
        )
        rate = case.say("rate", mbps=f"{rule['min_mbps']:g}") if rule.get("min_mbps") else ""
        return case.say("rule_within", rate=rate, limit=limit, place=place)
    if name in CHILD_RULES:
        share = case.say("at_least", share=f"{rule['share']:.0%}") if rule.get("share") else ""
        return case.say("rule_children", rule=name, share=share, place=place)
    if name == "declared":
        return case.say("rule_declared")
    least = {k: f"{case.service[k]:.0%}" for k in ("covered", "partial")}
    return case.say("rule_share", rule=name, place=place, **least)


def _found(case: _Case, fact: Mapping[str, Any]) -> list[str]:
    """Return what was measured."""
    out = []
    if not math.isnan(fact["nearest_m"]):
        out.append(case.say("nearest", feature=fact["nearest_id"], metres=f"{fact['nearest_m']:,.1f}"))
    shares = [
        case.say("share_of", share=tenths(fact[f"share_{b}"]), basis=Basis.of(b).word(case.language))
        for b in ("area", "population", "households")
        if not math.isnan(fact[f"share_{b}"]) and fact["rule"] != "declared"
    ]
    if shares:
        out.append(case.say("covered", shares=case.join(shares)))
    if not math.isnan(fact["best_mbps"]):
        out.append(case.say("best", mbps=f"{fact['best_mbps']:g}"))
    if fact["rule"] in CHILD_RULES:
        status = _children(case, fact)["status"]
        counts = [(s, int((status == s.value).sum())) for s in Status]
        told = [case.say("count", count=n, status=s.word(case.language)) for s, n in counts if n]
        out.append(case.say("below", counts=case.join(told)) if told else case.say("no_units_below"))
    if 0 < fact["unknown_share"] < 1:
        out.append(case.say("part_unknown", share=tenths(fact["unknown_share"])))
    return out


def _children(case: _Case, fact: Mapping[str, Any]) -> pd.DataFrame:
    below: pd.DataFrame = case.below[case.below["operator"] == fact["operator"]]
    return below


def _change(case: _Case, fact: Mapping[str, Any]) -> list[str]:
    """Return who is silent, and what would change the fact."""
    if fact["status"] == Status.COVERED:
        return []
    if fact["rule"] in CHILD_RULES:
        return _change_below(case, fact)
    if fact["status"] == Status.UNKNOWN:
        return _silence(case, fact)
    told = _silence(case, fact)[:-1] if fact["unknown_share"] > 0 else []
    return [*told, *_lacking(case, fact)]


def _lacking(case: _Case, fact: Mapping[str, Any]) -> list[str]:
    """Return how much plant, or which statement, is missing."""
    rule, by = fact["rule"], fact["basis_used"]
    if rule == "declared":
        return [case.say("needs_declared")]
    if rule == "within" and by != "children":
        if case.rule.get("distance_m") is None or math.isnan(fact["nearest_m"]):
            return [case.say("needs_reach")]
        short = fact["nearest_m"] - case.rule["distance_m"]
        return [case.say("nearer", metres=f"{math.ceil(short):,}")] if short > 0 else []
    basis = "area" if by == "area" else {"population_share": "population"}.get(rule, "households")
    share = fact[f"share_{basis}"]
    lacking = case.service["covered"] - (0.0 if math.isnan(share) else share)
    word = Basis.of(basis).word(case.language)
    return [case.say("needs_share", share=tenths(lacking), basis=word)] if lacking > 0 else []


def _silence(case: _Case, fact: Mapping[str, Any]) -> list[str]:
    """Return which operators and layers are silent here, and which say no."""
    out, operator = [], str(fact["operator"])
    others = [f for f in case.facts if f["operator"] != ANY]
    silent = [str(f["operator"]) for f in others if f["status"] == Status.UNKNOWN]
    no = [str(f["operator"]) for f in others if f["status"] in (Status.UNCOVERED, Status.PARTIAL)]
    asked = silent if operator == ANY and silent else [operator]
    if operator == ANY and silent:
        key = "voices_no" if no else "voices"
        out.append(case.say(key, no=case.join(no), silent=case.join(silent)))
    for name in asked:
        of = case.say("of_operator", operator=name) if name != ANY else ""
        for s in case.sources.get(name, ()):
            words = {"layer": s["layer"], "source": s["source"], "operator": of, "where": s["where"]}
            if s["silent"]:
                out.append(case.say("left_out" if s["silent"] == "survey" else "empty_layer", **words))
    if not out and fact["rule"] == "declared":
        layers = case.join([s["layer"] for s in case.sources[operator]])
        of = case.say("of_operator", operator=operator) if operator != ANY else ""
        out.append(case.say("not_named", layers=layers, operator=of))
    elif not out and math.isnan(fact["nearest_m"]) and fact["rule"] == "within":
        out.append(case.say("no_place"))
    return [*dict.fromkeys(out), case.say("needs_delivery" if out else "no_source")]


def _change_below(case: _Case, fact: Mapping[str, Any]) -> list[str]:
    """Return what units below would have to be covered."""
    below = _children(case, fact)
    if below.empty:
        return []
    rest = below[below["status"] != Status.COVERED]
    if fact["rule"] == "any_child":
        return [case.say("needs_any", count=len(rest))]
    if fact["rule"] == "all_children":
        unknown = (rest["status"] == Status.UNKNOWN).any()
        return [case.say("needs_all_unknown" if unknown else "needs_all", count=len(rest))]
    basis = Basis.of(case.rule["basis"])
    weight = pd.Series(1.0, below.index)
    if basis is not Basis.UNITS:
        weight = below[{Basis.AREA: "area_m2"}.get(basis, basis.value)].astype(float).fillna(0.0)
    share = pd.Series(float("nan"), below.index) if basis is Basis.UNITS else below[f"share_{basis.value}"]
    covered = float((weight * share.fillna((below["status"] == Status.COVERED).astype(float))).sum())
    total = float(weight.sum())
    needed = math.ceil(Fraction(str(case.rule["share"])) * Fraction(total))
    return (
        [_part(case, basis, math.ceil(round(needed - covered, 6)), needed, total)] if needed > covered else []
    )


def _part(case: _Case, basis: Basis, count: int, needed: int, total: float) -> str:
    """Return how many more of a basis are asked for; areas in square kilometres."""
    if basis is Basis.AREA:
        count_, needed_, total_ = (f"{x / 1e6:,.2f} km²" for x in (count, needed, total))
    else:
        count_, needed_, total_ = (f"{x:,.0f}" for x in (count, needed, total))
    word = basis.word(case.language)
    return case.say("needs_part", count=count_, needed=needed_, total=total_, basis=word)


def _declared(case: _Case, fact: Mapping[str, Any]) -> list[str]:
    declared = fact["declared_status"]
    if declared is None or pd.isna(declared) or fact["rule"] == "declared":
        return []
    if declared != fact["status"]:
        return [case.say("disagrees", declared=case.status(declared), computed=case.status(fact["status"]))]
    return [case.say("agrees", declared=case.status(declared))]
