"""Method: how the main connections were counted, and which way what is missing would push them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geo.atlas import Atlas
from geo.region.schema import CHILD_RULES
from geo.report.model import Report
from geo.report.words import clean, say
from geo.terms import Basis
from geo.why import say as say_why


def method_lines(atlas: Atlas, report: Report) -> list[str]:
    """Return a sentence a main connection with its rule and layers, then one a gap of a survey."""
    services = {s["id"]: s for s in atlas.services}
    layers = {x["id"]: x for x in atlas.manifest["layers"]}
    language, out, used = report.language, [], dict[str, None]()
    for figure in report.headline:
        service = services[figure.service]
        for rule in (r for r in service["rules"] if r["level"] == figure.level):
            names = _layers_of(atlas, service, rule)
            used |= dict.fromkeys(names)
            words = [_named(layers[n], language) for n in names if n in layers]
            told = rule_sentence(atlas, service, rule, language)
            gap = "、" if language == "zh" else ", "
            out.append(say("m_rule", language, target=figure.name, rule=told, layers=gap.join(words) or "–"))
    return [*dict.fromkeys(out), *_gaps(atlas, report, list(used))]


def _layers_of(atlas: Atlas, service: Mapping[str, Any], rule: Mapping[str, Any]) -> list[str]:
    """Return the layers that a rule rests on; a rule by units below rests on their rules' layers."""
    names = [*rule.get("layers", ()), *(rule.get("declared", ()) if rule["rule"] == "declared" else ())]
    inner = atlas.level_below(rule["level"])
    if rule["rule"] in CHILD_RULES and inner:
        for other in (r for r in service["rules"] if r["level"] == inner):
            names += _layers_of(atlas, service, other)
    return list(dict.fromkeys(names))


def rule_sentence(atlas: Atlas, service: Mapping[str, Any], rule: Mapping[str, Any], language: str) -> str:
    """Return a rule in words, as the region file states it."""
    name = rule["rule"]
    place = rule["place"] or next(x["place"] for x in atlas.levels if x["id"] == rule["level"])
    where = say_why(f"place_{place}", language)
    if name == "within":
        metres = rule["distance_m"]
        limit = (
            say_why("limit_reach", language)
            if metres is None
            else say_why("limit_metres", language, metres=f"{metres:,.0f}")
        )
        rate = say_why("rate", language, mbps=f"{rule['min_mbps']:g}") if rule["min_mbps"] else ""
        return say_why("rule_within", language, rate=rate, limit=limit, place=where)
    if name in CHILD_RULES:
        share = say_why("at_least", language, share=f"{rule['share']:.0%}") if rule["share"] else ""
        basis = Basis.of(rule["basis"]).word(language)
        return say_why("rule_children", language, rule=name, share=share, place=basis)
    if name == "declared":
        return say_why("rule_declared", language)
    bases = {"population_share": Basis.POPULATION, "household_share": Basis.HOUSEHOLDS}
    least = {k: f"{service[k]:.0%}" for k in ("covered", "partial")}
    basis = bases.get(name, Basis.AREA).word(language)
    return say_why("rule_share", language, rule=name, place=basis, **least)


def _gaps(atlas: Atlas, report: Report, used: list[str]) -> list[str]:
    """Return what a survey leaves out here: named where it is this place, one above it, or one in it."""
    language, out = report.language, []
    line = {*atlas.ancestors(report.position), report.position}
    names = {o["id"]: _named(o, language) for o in atlas.manifest["operators"]}
    for layer in (x for x in atlas.manifest["layers"] if x["id"] in used):
        for survey in layer["survey"]:
            for code in survey["without"]:
                where = _place(atlas, survey["level"], code)
                if where is None or not (where in line or report.position in atlas.ancestors(where)):
                    continue
                operator = names.get(survey["operator"], survey["operator"]) or say("m_gap_any", language)
                place = clean(str(atlas.units.at[where, "name"]))
                words = {"layer": _named(layer, language), "operator": operator, "where": place}
                out.append(say("m_gap", language, **words))
    return out


def _named(thing: Mapping[str, Any], language: str) -> str:
    """Return the name of a layer or an operator; its id where the region file gives it none."""
    return str(thing["name"][language] if thing["name"] else thing["id"])


def _place(atlas: Atlas, level: str, code: str) -> int | None:
    found = atlas.units.index[(atlas.units["level"] == level) & (atlas.units["code"] == code)]
    return int(found[0]) if len(found) else None
