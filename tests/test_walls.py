"""The walls of the house: which package may import which, told from the source alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("checks", "screens", "tui")

# The value modules: words that everybody may use. They stand on each other and on the arithmetic below them.
WORDS = frozenset(
    f"checks.{name}"
    for name in (
        "addresses",
        "prompts",
        "inert",
        "model",
        "empty_topology",
        "plan",
        "pools",
        "quoting",
        "refusal",
        "site",
        "snapshot",
        "transaction",
    )
)
# What a part of checks may import besides itself and the words. A part is the module or package right below checks.
INSIDE_CHECKS: dict[str, frozenset[str]] = {
    "evidence": frozenset(),
    "sources": frozenset({"evidence"}),
    "rules": frozenset({"evidence"}),
    "effects": frozenset({"evidence", "rules"}),
    "topology": frozenset({"evidence", "rules", "effects"}),
    "diagnosis": frozenset({"evidence", "rules", "topology"}),
    "verification": frozenset(),
    "hands": frozenset(),
    "fixes": frozenset({"verification", "hands"}),
    "ledger": frozenset(),
    "process_identity": frozenset(),
    "changes": frozenset(),
    "probe_jobs": frozenset({"evidence", "sources", "rules"}),
    "background_diagnosis": frozenset({"diagnosis", "evidence"}),
    "collector": frozenset({"probe_jobs", "evidence", "sources"}),
    "fix_journal": frozenset({"evidence", "ledger", "process_identity"}),
    "interrupted_renewal": frozenset({"evidence", "ledger", "rules"}),
    "interrupted_fix": frozenset({"evidence", "fix_journal", "interrupted_renewal", "ledger"}),
    "remote_actions": frozenset({"probe_jobs", "evidence", "sources", "hands", "fix_journal"}),
    "no_plan": frozenset({"evidence", "rules"}),
    "fix_planning": frozenset(
        {"evidence", "fix_journal", "ledger", "interrupted_fix", "interrupted_renewal", "no_plan"}
    ),
    "fix_service": frozenset(
        {"evidence", "fixes", "remote_actions", "fix_journal", "ledger", "fix_planning", "sources", "interrupted_fix"}
    ),
    "capture_session": frozenset({"diagnosis", "evidence", "fix_planning", "sources", "interrupted_fix"}),
    "session": frozenset(
        {
            "changes",
            "diagnosis",
            "evidence",
            "background_diagnosis",
            "collector",
            "fix_service",
            "sources",
        }
    ),
}
# What the words may import: nothing that acts. A snapshot carries the evidence it was made from.
WORDS_MAY = {"checks.snapshot": frozenset({"evidence"})}

# (what it is about, whose imports, must not begin with)
FORBIDDEN = (
    ("checks knows no screen", "checks", ("textual", "rich", "screens", "tui")),
    ("screens know no shell and no wire", "screens", ("tui", "asyncssh", "checks.session", "checks.sources")),
    ("pictures are pure", "screens.picture", ("textual", "rich")),
    ("the demo knows no screen", "tui.demo", ("textual", "screens")),
    ("reports know no screen beyond its pictures", "tui.report", ("textual", "asyncssh")),
)


@dataclass(frozen=True)
class Import:
    """One import statement: who imports what, and where it stands."""

    importer: str
    imported: str
    place: str
    deferred: bool

    def __str__(self) -> str:
        return f"{self.place}: {self.importer} imports {self.imported}"


def name_of(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path, root: Path = ROOT) -> Iterator[Import]:
    """Every import of a file, those inside functions and under TYPE_CHECKING too."""
    tree = ast.parse(path.read_text("utf-8"), str(path))
    top = set(ast.iter_child_nodes(tree))
    name = name_of(path, root)
    for statement in ast.walk(tree):
        place = f"{path.relative_to(root)}:{getattr(statement, 'lineno', 0)}"
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                yield Import(name, alias.name, place, statement not in top)
        elif isinstance(statement, ast.ImportFrom):
            assert statement.level == 0, f"{place}: relative import; write the whole name"
            for alias in statement.names:
                yield Import(name, f"{statement.module}.{alias.name}", place, statement not in top)


def below(name: str, *tops: str) -> bool:
    return any(name == top or name.startswith(f"{top}.") for top in tops)


def everything(root: Path = ROOT) -> list[Import]:
    files = sorted(path for package in PACKAGES for path in (root / package).rglob("*.py"))
    return [one for path in files for one in imports_of(path, root)]


def breaches(imports: list[Import]) -> list[str]:
    """Every import through a wall, as ``file:line: who imports what (which wall)``."""
    found = [
        f"{one} ({wall})"
        for one in imports
        for wall, who, tops in FORBIDDEN
        if below(one.importer, who) and below(one.imported, *tops)
    ]
    found += [f"{one} (tests are not shipped)" for one in imports if below(one.imported, "tests")]
    return found + [f"{one} ({why})" for one in imports if (why := _inside_checks(one))]


def part(name: str) -> str:
    return name.split(".")[1] if "." in name else ""


def _inside_checks(one: Import) -> str:
    if not (below(one.importer, "checks") and below(one.imported, "checks")):
        return ""
    if below(one.imported, *WORDS) or one.imported in ("checks", "checks.__version__"):
        return ""
    mine, other = part(one.importer), part(one.imported)
    if below(one.importer, *WORDS):
        allowed = WORDS_MAY.get(one.importer, frozenset())
    elif mine not in INSIDE_CHECKS:
        return f"checks.{mine} has no place in the plan of the house"
    else:
        allowed = INSIDE_CHECKS[mine] | {mine}
    return "" if other in allowed else f"checks.{mine} may not know checks.{other}"


def circles(imports: list[Import], modules: set[str]) -> list[str]:
    """Circles of modules, each once. An import inside a function counts too: it only hides the circle."""
    graph: dict[str, set[str]] = {module: set() for module in modules}
    for one in imports:
        # "from checks.model import State" names the module and something in it.
        target = one.imported if one.imported in modules else one.imported.rpartition(".")[0]
        if target in modules and target != one.importer:
            graph[one.importer].add(target)
    found: list[str] = []
    done: set[str] = set()

    def walk(module: str, path: list[str]) -> None:
        if module in path:
            found.append(" -> ".join([*path[path.index(module) :], module]))
        elif module not in done:
            for target in sorted(graph[module]):
                walk(target, [*path, module])
            done.add(module)

    for module in sorted(graph):
        walk(module, [])
    return found


def modules(root: Path = ROOT) -> set[str]:
    return {name_of(path, root) for package in PACKAGES for path in (root / package).rglob("*.py")}


def test_no_import_goes_through_a_wall() -> None:
    assert not (found := breaches(everything())), "\n".join(["", *found])


def test_there_is_no_circle() -> None:
    assert not (found := circles(everything(), modules())), "\n".join(["", *found])


def test_only_those_that_talk_ssh_know_asyncssh() -> None:
    allowed = ("checks.sources", "tui.demo")
    found = [str(one) for one in everything() if below(one.imported, "asyncssh") and not below(one.importer, *allowed)]
    assert not found, "\n".join(["", *found])


def test_nobody_is_allowed_what_nobody_needs() -> None:
    used = {(part(one.importer), part(one.imported)) for one in everything() if below(one.imported, "checks")}
    stale = [
        f"{mine} -> {other}" for mine, others in INSIDE_CHECKS.items() for other in others if (mine, other) not in used
    ]
    assert not stale


# One file that breaks each wall: a wall that cannot fail proves nothing.
@pytest.mark.parametrize(
    ("path", "source", "wall"),
    [
        ("checks/model.py", "import textual", "checks knows no screen"),
        ("checks/rules/a.py", "def f():\n    from rich.text import Text", "checks knows no screen"),
        ("checks/rules/a.py", "from checks.sources import script", "checks.rules may not know checks.sources"),
        ("checks/evidence/x.py", "import checks.rules", "checks.evidence may not know checks.rules"),
        ("checks/fixes.py", "from checks.diagnosis import diagnose", "checks.fixes may not know checks.diagnosis"),
        ("checks/model.py", "from checks.session import Session", "checks.model may not know checks.session"),
        ("checks/odd.py", "from checks.evidence import units", "checks.odd has no place"),
        ("screens/map.py", "from tui import settings", "screens know no shell"),
        ("screens/map.py", "import asyncssh.public_key", "screens know no shell"),
        ("screens/map.py", "from checks.sources.capture import load", "screens know no shell and no wire"),
        ("screens/picture/map.py", "from textual.strip import Strip", "pictures are pure"),
        ("tui/demo/site.py", "from screens.picture import cells", "the demo knows no screen"),
        ("tui/report/text.py", "import textual.app", "reports know no screen"),
        ("tui/app.py", "from tests import samples", "tests are not shipped"),
    ],
)
def test_a_wall_holds(tmp_path: Path, path: str, source: str, wall: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(source)
    (found,) = breaches(everything(tmp_path))
    assert found.startswith(f"{path}:{source.count(chr(10)) + 1}: ")
    assert wall in found


def test_a_circle_is_seen(tmp_path: Path) -> None:
    (tmp_path / "tui").mkdir()
    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        (tmp_path / "tui" / f"{name}.py").write_text(f"def f():\n    from tui.{other} import g\n")
    assert circles(everything(tmp_path), modules(tmp_path)) == ["tui.a -> tui.b -> tui.c -> tui.a"]
