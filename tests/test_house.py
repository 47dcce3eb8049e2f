"""Who may import whom: the plan of the house, read off the code's own imports."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("util", "neuralnets", "tagger")
# Each package may import those that are named with it, besides itself.
MAY_IMPORT = {
    "util": set(),
    "neuralnets": {"util"},
    "tagger": {"util", "neuralnets"},
}
WINGS = ("tagger.evaluation", "tagger.experiments", "tagger.serving", "tagger.tagging")


def modules() -> dict[str, Path]:
    """Return every module of the three packages by its dotted name."""
    found = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = path
    return found


MODULES = modules()


def imports(path: Path) -> set[str]:
    """Return what a file imports of the project, wherever the import stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [n if n in MODULES else node.module for n in names]
        else:
            continue
        found |= {name for name in names if name.split(".")[0] in PACKAGES}
    return found


IMPORTS = {name: imports(path) & set(MODULES) for name, path in MODULES.items()}


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_room_imports_only_what_the_plan_lets_it(name):
    package = name.split(".")[0]
    allowed = MAY_IMPORT[package] | {package}
    for other in IMPORTS[name]:
        assert other.split(".")[0] in allowed, f"{name} imports {other}"
        if name.startswith("neuralnets.keraslayers"):
            rooms = ("neuralnets.keraslayers", "neuralnets.framework")
            rooms += ("neuralnets.randomness", "util")
            assert other.startswith(rooms), f"{name} imports {other}"
        wing = next((w for w in WINGS if name.startswith(w)), None)
        if wing:
            assert not other.startswith(
                tuple(w for w in (*WINGS, "tagger.commands") if w != wing)
            ), f"{name} imports {other}"


def test_no_imports_go_in_a_circle():
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " -> ".join([*way[way.index(name) :], name])
        if name not in done:
            for other in sorted(IMPORTS[name] - {name}):
                visit(other, (*way, name))
            done.add(name)

    for name in sorted(IMPORTS):
        visit(name, ())


@pytest.mark.parametrize("name", sorted(MODULES))
def test_what_is_logged_goes_through_the_modules_own_logger(name):
    """The functions of `logging` itself install a handler in the user's program."""
    called = {
        node.func.attr
        for node in ast.walk(ast.parse(MODULES[name].read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "logging"
    }
    assert not called & {"debug", "info", "warning", "error", "exception", "log"}
