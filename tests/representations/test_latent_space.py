"""The latents of a collection, ready for a program that stays up."""

import subprocess
import sys

import numpy as np
import pytest

from starsieve.archive import LabelRow, SourceFile, Target
from starsieve.data import Embeddings, Spectrum
from starsieve.errors import DataError, NotInArchiveError
from starsieve.representations.latent_space import open_space, stamp
from starsieve.representations.similarity import similar


def fill(archive, n=60, per_star=2, n_latents=4, seed=0, broken=()):
    """Add spectra of stars, each observed some times, with labels and latents."""
    rng = np.random.default_rng(seed)
    wave = np.linspace(0.5, 0.6, 40)
    stars = archive.targets.add([Target(f"star {k}", 1.0 * k, 0.0) for k in range(n // per_star)])
    spectra = [
        Spectrum(wave, 1 + 0.1 * rng.normal(size=40), meta={"object": f"Star {k // per_star}"})
        for k in range(n)
    ]
    files = [SourceFile(f"{k}.fits", f"{k:064x}", 1) for k in range(n)]
    targets = [stars[k // per_star] if (k // per_star) % 5 else None for k in range(n)]
    ids = archive.spectra.add(spectra, "observed", files, targets)
    archive.labels.add(
        LabelRow("teff", 4000.0 + 10 * k, unit="K", spectrum=ids[k], origin="made")
        for k in range(0, n, 3)
    )
    latents = rng.normal(size=(n // per_star, n_latents)).repeat(per_star, axis=0)
    latents = (latents + 0.1 * rng.normal(size=latents.shape)) * [1.0, 3.0, 0.1, 1.0]
    latents[list(broken)] = np.nan
    sigma = np.full(latents.shape, 0.05)
    made = Embeddings(latents, np.array(ids), sigma, model="toy", collection="observed")
    archive.embeddings.add(made, "0" * 64)
    return ids, latents


@pytest.mark.parametrize("per_star", [1, 2])
def test_neighbours_and_distances_are_those_of_the_command_line(archive, per_star):
    ids, _ = fill(archive, 80, per_star)
    space = open_space(archive, "observed", "toy")

    assert space.yardstick.yardstick == ("spread" if per_star == 1 else "repeats")
    for number in (ids[0], ids[41]):
        expected = similar(number, archive=archive, by="latent", model="toy", k=7)
        found = space.neighbours(number, 7)
        assert [each.id for each in found] == [each.id for each in expected]
        assert [each.distance for each in found] == pytest.approx(
            [each.distance for each in expected], rel=1e-9
        )


def test_what_is_known_of_a_neighbour_comes_with_it(archive):
    ids, latents = fill(archive)
    first, *others = open_space(archive, "observed", "toy").neighbours(latents[6], 3)

    assert (first.id, first.object, first.file) == (ids[6], "Star 3", "6.fits")
    assert first.labels == {"teff": 4060.0}
    assert first.distance == pytest.approx(0.0, abs=1e-9)
    assert first.target is not None
    assert len(others) == 2


def test_only_wanted_ones_are_found(archive):
    ids, latents = fill(archive)
    space = open_space(archive, "observed", "toy")
    wanted = np.isfinite(space.labels["teff"]) & (space.labels["teff"] > 4300)

    found = space.neighbours(ids[0], 5, wanted)

    scaled = space.yardstick(latents)
    distances = np.linalg.norm(scaled - scaled[0], axis=1)
    nearest = sorted(np.flatnonzero(wanted), key=lambda row: distances[row])[:5]
    assert [each.row for each in found] == nearest
    assert space.neighbours(ids[0], 5, np.zeros(60, bool)) == []


def test_more_neighbours_than_there_are_is_all_of_them(archive):
    ids, latents = fill(archive)
    space = open_space(archive, "observed", "toy")

    assert len(space.neighbours(ids[0], 1000)) == 59
    assert len(space.neighbours(latents[0], 1000)) == 60


def test_spectra_that_could_not_be_encoded_are_in_no_row(archive):
    ids, _ = fill(archive, broken=(3, 10))
    space = open_space(archive, "observed", "toy")

    assert (len(space), space.n_unknown) == (58, 2)
    assert ids[3] not in space.ids.tolist()
    assert space.labels["teff"].shape == (58,)
    assert space.files[space.row_of(ids[11])] == "11.fits"
    with pytest.raises(NotInArchiveError, match=f"no latents of a spectrum {ids[3]}"):
        space.neighbours(ids[3])


@pytest.mark.parametrize("point", [[0.0, 1.0], [np.nan] * 4, [[0.0] * 4]])
def test_a_point_that_does_not_fit_is_refused(archive, point):
    fill(archive)

    with pytest.raises(DataError, match="A point has 4 finite numbers"):
        open_space(archive, "observed", "toy").neighbours(point)


def test_an_impossible_number_of_neighbours_is_refused(archive):
    ids, _ = fill(archive)

    with pytest.raises(DataError, match="1 to 1000 neighbours"):
        open_space(archive, "observed", "toy").neighbours(ids[0], 0)


def test_a_stamp_says_when_a_space_is_old(archive):
    ids, _ = fill(archive)
    before = stamp(archive, "observed", "toy")

    archive.labels.add([LabelRow("teff", 1.0, unit="K", spectrum=ids[1], origin="made")])

    assert stamp(archive, "observed", "toy") != before


def test_latents_need_no_torch():
    code = "import sys, starsieve.representations.latent_space; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_spectra_of_one_star_have_its_number(archive):
    fill(archive, 20, 2)
    space = open_space(archive, "observed", "toy")

    pairs = space.stars.reshape(-1, 2)
    assert (pairs[:, 0] == pairs[:, 1]).all()
    assert len(np.unique(space.stars)) == 10
