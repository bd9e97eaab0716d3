"""The house's rules that no reviewer should have to check by eye."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
    "packages"
]
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
MIGRATIONS = ROOT / "belnota" / "store" / "migrations" / "versions"


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_doors_open_rooms_and_rooms_stand_on_the_floor():
    command = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_a_forbidden_import_is_noticed(tmp_path):
    """The negative control: the same law over a room that imports another one must fail."""
    for package in PACKAGES:
        (tmp_path / package / "feeds").mkdir(parents=True) if package == "pipelines" else (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "pipelines" / "feeds" / "__init__.py").touch()
    (tmp_path / "rating" / "__init__.py").write_text("import tariffs\n")
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    command = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run(
        [command, "--no-cache"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(tmp_path)},
    )
    assert run.returncode == 1
    assert "rating is not allowed to import tariffs" in run.stdout


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_a_module_can_be_read_in_one_sitting(path):
    assert MIGRATIONS in path.parents or len(path.read_text().splitlines()) <= 300


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_no_module_is_named_like_a_standard_one(path):
    assert path.stem in {"__init__", "__main__"} or path.stem not in sys.stdlib_module_names


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_no_room_reads_the_clock_or_the_environment(path):
    if path.relative_to(ROOT).parts[0] in {"pipelines", "portal"}:
        return
    calls = {ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)}
    clock = {"dt.datetime.now", "dt.date.today", "datetime.now", "datetime.today", "date.today", "time.time"}
    assert not calls & (clock | {"os.getenv"})
    assert "os.environ" not in path.read_text()


def test_all_packages_come_from_one_place():
    """Names as plain as `rating` could be taken by another distribution (style.md b11)."""
    found = {Path(__import__(package).__file__).parent.parent for package in PACKAGES}
    assert found == {ROOT}


def test_the_lock_names_no_host():
    for lock in ROOT.glob("requirements*.lock"):
        assert "://" not in lock.read_text()
