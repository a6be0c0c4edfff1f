"""A terminal to type into, and files to type about."""

from pathlib import Path

import numpy as np
import pytest

from starsieve.atmospheres.models import DEFAULT, OF_ONE_GRID
from starsieve.atmospheres.recipes import TrainRecipe
from starsieve.atmospheres.train import train_on
from starsieve.data import Spectrum
from starsieve.data.synthetic import model_grid, observe
from starsieve.learn import library
from tests.cli.terminal import Terminal

TINY = {
    "collection": "toy-grid",
    "model": DEFAULT,
    "description": "toy spectra",
    "labels": ["teff", "logg", "mh", "fsed"],
    "sources": ["Morley et al. 2024 (Sonora Diamondback)"],
    "resolution": 120.0,
    "steps": 50,
    "batch_size": 64,
    "validate_every": 50,
    "held_out": {"teff": [1600]},
    "network": {
        "n_components": 12,
        "hidden": 16,
        "blocks": 1,
        "context": 8,
        "flow_transforms": 1,
        "flow_hidden": 8,
    },
}
"""What trains in a second or two; it answers in the right form, not with the right numbers."""


@pytest.fixture
def terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    """A terminal in an empty folder, without any STARSIEVE_ variable."""
    for name in ("ARCHIVE", "DATABASE_URL", "ENGINE", "WORKERS", "TRACEBACK"):
        monkeypatch.delenv(f"STARSIEVE_{name}", raising=False)
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Terminal(folder, capsys)


@pytest.fixture
def spectrum_file(tmp_path: Path) -> Path:
    """A text file with 300 good pixels."""
    return write_spectrum(tmp_path / "good.csv")


def write_spectrum(path: Path, seed: int = 0) -> Path:
    """Write a plausible near-infrared spectrum as a text file with units in its header."""
    wave = np.linspace(0.8, 2.4, 300)
    rng = np.random.default_rng(seed)
    flux = np.exp(-(((wave - 1.25) / 0.5) ** 2)) + rng.normal(0, 0.01, wave.size)
    rows = [f"{w:.6f},{f:.6f},0.01" for w, f in zip(wave, flux, strict=True)]
    path.write_text("wave [um],flux [W / (m2 um)],sigma\n" + "\n".join(rows) + "\n")
    return path


@pytest.fixture(scope="session")
def shipped_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models with one in it, of the name of the default."""
    folder = tmp_path_factory.mktemp("pretrained")
    recipe = TrainRecipe.model_validate(TINY)
    model = train_on(model_grid(), recipe, {"toy.h5": "0" * 64})
    for name in (DEFAULT, OF_ONE_GRID):
        model.save(folder / name)
    return folder


@pytest.fixture
def shipped(shipped_models: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of the model that ships, for this test a tiny one."""
    monkeypatch.setattr(library, "PRETRAINED", shipped_models)
    return DEFAULT


@pytest.fixture
def observed(tmp_path: Path) -> list[Path]:
    """Files with observations of toy brown dwarfs."""
    grid = model_grid(teff=[1200, 1700, 2000], logg=[4.5], mh=[0.0], fsed=[2.0])
    return [
        write_table(tmp_path / f"dwarf{number}.csv", observe(spectrum, snr=50, seed=number))
        for number, spectrum in enumerate(grid)
    ]


def write_table(path: Path, spectrum: Spectrum) -> Path:
    """Write a spectrum as a text file with units in its header."""
    columns = np.stack([spectrum.wave, spectrum.flux, spectrum.sigma], axis=1)
    rows = "\n".join(",".join(f"{value:.8g}" for value in row) for row in columns)
    path.write_text(f"wave [um],flux [erg / (s cm2 um)],sigma\n{rows}\n")
    return path
