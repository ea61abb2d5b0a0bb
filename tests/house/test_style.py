"""House rules that no linter knows: names, lengths, what is documented, what may never be written down."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.house.sources import ROOT, dotted, modules, parsed, tracked

#: A file is split at 400 lines. These are longer: they may shrink, never grow.
LONGEST = 400
LONG = {"geo/green.py": 469, "geo/why.py": 436, "geo/read/workbook.py": 411}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path, *, public: bool = True) -> list[Function]:
    """The functions of a file and the methods of its classes, not those inside functions."""
    out: list[Function] = []
    for node in parsed(path).body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        out += [n for n in inner if isinstance(n, Function)]
    return [f for f in out if not public or not f.name.startswith("_")]


def raised(function: Function) -> list[str]:
    """What a function raises itself: not what it passes on, nor what a function inside it raises."""
    inside = [
        n for f in ast.walk(function) if isinstance(f, Function) and f is not function for n in ast.walk(f)
    ]
    nodes = [
        n for n in ast.walk(function) if isinstance(n, ast.Raise) and n.exc is not None and n not in inside
    ]
    caught = {h.name for h in ast.walk(function) if isinstance(h, ast.ExceptHandler)}
    return [ast.unparse(n.exc).split("(")[0] for n in nodes if n.exc and ast.unparse(n.exc) not in caught]


#: What readers and machines run: the rules hold for the library and for the app.
SHIPPED = [*modules("geo"), *modules("app")]


@pytest.mark.parametrize("path", SHIPPED, ids=dotted)
def test_a_public_function_that_raises_says_so(path: Path) -> None:
    silent = [
        f.name
        for f in functions(path)
        if set(raised(f)) - {"NotImplementedError", "typer.Exit", "Exit"}
        and "Raises" not in (ast.get_docstring(f) or "")
    ]
    assert silent == []


@pytest.mark.parametrize("path", SHIPPED, ids=dotted)
def test_a_file_is_split_in_time(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONG.get(path.relative_to(ROOT).as_posix(), LONGEST)


def test_the_long_files_are_still_long() -> None:
    short = [f for f in LONG if len((ROOT / f).read_text(encoding="utf-8").splitlines()) <= LONGEST]
    assert short == [], "these need no exception any more"


CATCH_ALL = re.compile(r"(^|_)(utils?|helpers?|managers?|common|misc|stuff|base)(_|$)", re.I)


def test_nothing_is_called_utils_or_helper() -> None:
    for path in [*SHIPPED, *modules("simulate"), *modules("tests")]:
        assert not CATCH_ALL.search(path.stem), path
    for path in SHIPPED:
        names = [n.name for n in ast.walk(parsed(path)) if isinstance(n, Function | ast.ClassDef)]
        bad = [n for n in names if re.search(r"(utils?|helpers?|manager)$", n, re.I)]
        assert bad == [], dotted(path)


MUTATORS = {
    "append",
    "extend",
    "insert",
    "update",
    "add",
    "setdefault",
    "pop",
    "popitem",
    "clear",
    "remove",
    "sort",
}


@pytest.mark.parametrize("path", SHIPPED, ids=dotted)
def test_no_global_is_changed_once_the_module_is_loaded(path: Path) -> None:
    tree = parsed(path)
    names = {t.id for n in tree.body for t in _targets(n) if isinstance(t, ast.Name)}
    for function in (f for f in ast.walk(tree) if isinstance(f, Function)):
        local = {a.arg for a in ast.walk(function) if isinstance(a, ast.arg)}
        local |= {t.id for n in ast.walk(function) for t in _targets(n) if isinstance(t, ast.Name)}
        for node in ast.walk(function):
            assert not isinstance(node, ast.Global), f"{dotted(path)}.{function.name}"
            changed = _changed(node)
            assert changed not in names - local, f"{dotted(path)}.{function.name} changes {changed}"


def _targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    if isinstance(node, ast.AnnAssign | ast.AugAssign | ast.For):
        return [node.target]
    return []


def _changed(node: ast.AST) -> str | None:
    """The name whose object a statement changes in place."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
        return node.func.value.id if isinstance(node.func.value, ast.Name) else None
    for target in _targets(node):
        if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            return target.value.id
    return None


TEXT = (
    ".py",
    ".js",
    ".toml",
    ".md",
    ".txt",
    ".yml",
    ".yaml",
    ".cfg",
    ".csv",
    ".json",
    ".geojson",
    ".sh",
    ".html",
    ".css",
    "",
)
ABSOLUTE = re.compile(r"(?<![\w.:/<$}])/(work|tmp|home|root|Users|mnt|opt|srv)/[\w.-]+")
HOSTS = re.compile(
    r"https?://[^\s/)\"'>]*(pypi|pythonhosted|npmjs|registry|mirror|artifactory|nexus|proxy)[^\s/)\"'>]*",
    re.I,
)


def test_no_tracked_text_names_a_folder_of_a_machine_or_a_registry() -> None:
    wrong = []
    for path in tracked(*TEXT):
        text = path.read_text(encoding="utf-8", errors="replace")
        for pattern in (ABSOLUTE, HOSTS):
            wrong += [f"{path.relative_to(ROOT)}: {m[0]}" for m in pattern.finditer(text)]
    assert wrong == []


#: Names of the places whose region files are shipped: they are data, and no code may know them.
PLACES = re.compile(
    r"Changzhou|常州|Wujin|武进|Jintan|金坛|Liyang|溧阳|Tianning|天宁|Zhonglou|钟楼|Xinbei|新北|Qishuyan|戚墅堰"
    r"|Jiangsu|江苏|Rwanda|卢旺达|Kigali|Ibiza|WASAC",
    re.I,
)


#: The app runs this where there is no snapshot: it names the file, and nothing that is in it.
DEMO = "changzhou.toml"


@pytest.mark.parametrize(
    "path",
    [*SHIPPED, *sorted(p for d in ("geo", "app") for p in (ROOT / d).rglob("*.toml"))],
    ids=lambda p: p.stem,
)
def test_no_code_knows_a_place(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.relative_to(ROOT).as_posix() == "app/serve.py":
        text = text.replace(DEMO, "")
    assert [m[0] for m in PLACES.finditer(text)] == []
