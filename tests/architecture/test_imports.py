"""Importing the package, listing tasks and printing help must stay cheap."""

import ast
import subprocess
import sys
from importlib import import_module

import pytest

import starsieve
from tests.architecture.paths import PACKAGE, list_modules

HEAVY = (
    "alembic",
    "astropy",
    "bokeh",
    "h5py",
    "lightkurve",
    "matplotlib",
    "optuna",
    "pandas",
    "scipy",
    "sklearn",
    "specutils",
    "sqlalchemy",
    "torch",
    "zarr",
    "zuko",
)


def find_heavy(code: str) -> list[str]:
    """Return the heavy packages that a fresh interpreter holds after `code`."""
    code += f"; import sys; print(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize(
    "module", ["starsieve", "starsieve.cli.main", "starsieve.registry", "starsieve.sources.spex"]
)
def test_importing_it_costs_nothing(module):
    assert find_heavy(f"import {module}") == []


def test_help_needs_no_heavy_module():
    code = (
        "import contextlib, io; from starsieve.cli.main import main\n"
        "with contextlib.redirect_stdout(io.StringIO()) as out: code = main(['--help'])\n"
        "assert code == 0 and 'infer' in out.getvalue()\npass"
    )

    assert find_heavy(code) == []


@pytest.mark.parametrize("name", starsieve.__all__)
def test_every_public_name_can_be_had(name):
    assert getattr(starsieve, name) is not None
    assert name in dir(starsieve)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'dataset'"):
        _ = starsieve.dataset


def test_every_task_can_be_loaded():
    tasks = import_module("starsieve.registry").TASKS

    assert tasks
    for name, task in tasks.items():
        assert task.name == name
        assert callable(task.load())


@pytest.mark.parametrize("module", list_modules())
def test_every_module_says_what_it_is(module):
    path = PACKAGE.parent.joinpath(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")

    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
