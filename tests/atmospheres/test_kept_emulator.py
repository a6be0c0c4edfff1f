"""The emulator of a model's grid: made once, kept beside the model, and never of another grid."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from starsieve.atmospheres import kept_emulator as kept
from starsieve.atmospheres.interpolator import GridInterpolator
from starsieve.atmospheres.kept_emulator import FOLDER, emulator_of
from tests.atmospheres.emulators.planted import make_grid


@dataclass(frozen=True, eq=False)
class Model:
    """What of a model is asked for."""

    folder: Path
    grid: GridInterpolator
    name: str = "planted"


@pytest.fixture
def model(tmp_path):
    return Model(tmp_path, GridInterpolator.from_spectra(make_grid(), ("teff", "logg", "mh")))


@pytest.fixture
def count(monkeypatch):
    """Count how often an emulator is made."""
    made = []
    build = kept.build_emulator

    def counted(*args, **options):
        made.append(args)
        return build(*args, **options)

    monkeypatch.setattr(kept, "build_emulator", counted)
    return made


def again(model):
    """Return the model as another process would load it."""
    return replace(model)


def test_it_is_made_once_and_kept_in_the_models_folder(model, count):
    first = emulator_of(model)
    point = np.array([[1234.0, 4.7, 0.1]])

    second = emulator_of(again(model))

    assert len(count) == 1
    np.testing.assert_allclose(second(point), first(point), rtol=1e-6)


def test_threads_that_ask_at_once_make_one(model, count):
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(emulator_of, [model, model])

    assert first is second
    assert len(count) == 1


def test_where_it_cannot_be_kept_it_is_made_all_the_same(model, count, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(kept, "save_emulator", refuse)

    assert emulator_of(model) is emulator_of(model)
    assert len(count) == 1
    assert not (model.folder / FOLDER).exists()


def test_a_damaged_one_is_made_again(model, count):
    emulator_of(model)
    weights = model.folder / FOLDER / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])

    emulator_of(again(model))

    assert len(count) == 2


@pytest.mark.parametrize("change", ["flux", "nodes"])
def test_one_of_another_grid_is_made_again(model, count, change):
    emulator_of(model)
    grid = model.grid
    other = (
        replace(grid, log_flux=grid.log_flux + 1.0)
        if change == "flux"
        else replace(grid, nodes=(grid.nodes[0] + 50.0, *grid.nodes[1:]))
    )

    emulator_of(replace(model, grid=other))

    assert len(count) == 2
