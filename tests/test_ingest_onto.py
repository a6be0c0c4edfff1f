"""Model spectra as they were computed become a grid on the wavelengths of an instrument."""

from itertools import product
from pathlib import Path

import numpy as np

from starsieve.archive import Archive
from starsieve.atmospheres.grids import check_grid
from starsieve.data.grids import resolution_grid
from starsieve.ingest import ingest
from starsieve.settings import Settings
from starsieve.transforms import Resample
from tests.readers.made_files import make_picaso, make_spex

ONTO = Resample(wave=tuple(resolution_grid(0.9, 2.3, 30.0)), resolution=30.0)


def make_models(folder: Path) -> Path:
    """Write a model for each node, as a loop over PICASO's runs would."""
    folder.mkdir()
    for teff, logg, mh in product((800, 900, 1000), (4.0, 5.0), (-0.5, 0.0)):
        planet = {"teff": teff, "logg": logg, "mh": mh}
        make_picaso(folder, planet, name=f"t{teff}g{logg}m{mh}.nc")
    return folder


def test_a_folder_of_models_becomes_a_grid_of_an_instrument(archive: Archive, tmp_path: Path):
    report = ingest([make_models(tmp_path / "picaso")], "grid", archive, Settings(), onto=ONTO)

    assert (report.kept, report.refused) == (12, ())
    grid = archive.spectra.read_grid("grid")
    np.testing.assert_allclose(grid.wave, ONTO.wave)
    assert grid.usable.all()
    assert grid.resolution == 30.0
    assert check_grid(grid).coverage.share == 1.0
    assert sorted(grid.labels) == ["logg", "mh", "teff"]


def test_what_was_ingested_is_not_ingested_again(archive: Archive, tmp_path: Path):
    folder = make_models(tmp_path / "picaso")
    ingest([folder], "grid", archive, Settings(), onto=ONTO)

    again = ingest([folder], "grid", archive, Settings(), onto=ONTO)

    assert (again.kept, again.already) == (0, 12)


def test_models_on_another_grid_are_refused_by_name(archive: Archive, tmp_path: Path):
    folder = make_models(tmp_path / "picaso")
    ingest([folder], "grid", archive, Settings(), onto=ONTO)
    more = make_picaso(tmp_path, {"teff": 1100, "logg": 4.0, "mh": 0.0})

    report = ingest([more], "grid", archive, Settings())

    [(file, reason)] = report.refused
    assert file == str(more)
    assert "grid" in reason


def test_observations_are_never_brought_to_another_grid(archive: Archive, tmp_path: Path):
    report = ingest([make_spex(tmp_path)], "observed", archive, Settings(), onto=ONTO)

    [(_, reason)] = report.refused
    assert "observations are kept as they were read" in reason


def test_models_outside_of_the_range_are_refused(archive: Archive, tmp_path: Path):
    far = Resample(wave=tuple(np.linspace(5.0, 6.0, 20)))

    report = ingest([make_picaso(tmp_path)], "grid", archive, Settings(), onto=far)

    [(_, reason)] = report.refused
    assert "covers 0.7 to 2.5 micron, nothing of the grid asked for" in reason
