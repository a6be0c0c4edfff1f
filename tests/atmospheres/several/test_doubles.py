"""Spectra that look like the sum of two of those that a model was tuned on."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from starsieve.atmospheres.infer import infer
from starsieve.atmospheres.several import doubles
from starsieve.atmospheres.several.doubles import Doubles, find_doubles
from starsieve.atmospheres.several.likeness import Likeness
from starsieve.atmospheres.several.network import SOFT
from starsieve.data import Spectrum
from starsieve.readers import read

N_BINS = 80
LATE_L, T_DWARF = "10358_10570", "10021_11106"
WAVE = np.linspace(0.9, 2.4, N_BINS)
LAYOUT = SimpleNamespace(bins=np.zeros((N_BINS, 1)))


def make_template(warm, seed):
    """Return a smooth spectrum between one kind, at 0, and another, at 1, with some scatter."""
    bands = 0.9 * np.sin(4.0 * WAVE) ** 2
    first = 1.0 + 0.3 * (WAVE - 1.6)
    second = 2.5 * np.exp(-4.0 * np.abs(WAVE - 1.27)) + 0.05 + bands * (WAVE < 1.7)
    wiggle = 0.02 * np.sin(WAVE * 20 + seed) * np.random.default_rng(seed).normal()
    return ((1 - warm) * first + warm * second**2) * (1 + wiggle)


WARM = (0.0, 0.02, 0.04, 0.96, 0.98, 1.0)
TEMPLATES = np.array([make_template(warm, seed) for seed, warm in enumerate(WARM)])
FOLDS = np.array([0, 1, 2, 0, 1, 2])
KNOWN = Likeness(np.arcsinh(TEMPLATES / SOFT).astype(np.float16), FOLDS, 3.0)


def find(flux, folds=None, sigma=0.002, known=KNOWN):
    flux = np.atleast_2d(flux)
    noise = np.full(flux.shape, np.log1p(sigma**-2.0))
    features = np.concatenate([np.zeros((len(flux), 3)), np.arcsinh(flux / SOFT), noise], axis=1)
    of_fold = np.full(len(flux), -1) if folds is None else np.asarray(folds)
    return find_doubles(known, torch.as_tensor(features), LAYOUT, of_fold)


def test_a_sum_of_two_unlike_spectra_is_found_with_its_parts():
    found = find([0.7 * TEMPLATES[1] + 0.3 * TEMPLATES[4], 0.2 * TEMPLATES[0] + TEMPLATES[3]])

    assert found.suspected.all()
    assert found.pairs.tolist() == [[1, 4], [3, 0]], "the brighter first"


def test_one_spectrum_at_any_scale_is_no_sum():
    found = find(np.concatenate([TEMPLATES, 0.3 * TEMPLATES]))

    assert not found.suspected.any()
    assert np.all(found.gain < 1.2)


def test_a_sum_of_two_that_are_alike_is_as_good_as_one():
    assert not find(TEMPLATES[0] + TEMPLATES[2]).suspected.any()


def test_noise_makes_no_sum():
    rng = np.random.default_rng(0)
    noisy = TEMPLATES + rng.normal(0.0, 0.2, (20, *TEMPLATES.shape))

    assert not find(noisy.reshape(-1, N_BINS), sigma=0.2).suspected.any()


def test_parts_of_its_own_fold_are_not_compared_with():
    few = Likeness(KNOWN.bins[[0, 1, 3]], np.array([0, 1, 0]), 3.0)
    mixed = TEMPLATES[1] + TEMPLATES[3]

    assert sorted(find(mixed, [-1], known=few).pairs[0].tolist()) == [1, 2]
    assert find(mixed, [0], known=few).gain.tolist() == [1.0], "one is left, and no sum of two"


def test_only_what_may_be_two_is_quoted_wider():
    draws = np.random.default_rng(0).normal(5.0, 0.1, (2, 2000, 2))
    found = Doubles(np.array([1.2, 2.4]), np.array([0.9, 0.9]), np.zeros((2, 2), dtype=np.int64))

    wider = found.widen(draws, ("teff", "logg"))

    assert np.array_equal(wider[0], draws[0])
    assert np.array_equal(wider[1, :, 0], draws[1, :, 0])
    ratio = np.std(wider[1, :, 1]) / np.std(draws[1, :, 1])
    assert ratio == pytest.approx(doubles.WIDER["logg"], rel=1e-3)
    assert np.median(wider[1, :, 1]) == pytest.approx(np.median(draws[1, :, 1]))
    assert found.tell(0) == []
    assert "2.4 times nearer than any one of them" in found.tell(1)[0]
    assert "two objects, and logg is quoted 1.3 times as wide; what" in found.tell(1)[0]
    assert "two objects; what" in replace(found, widened=False).tell(1)[0]


def test_the_sum_of_two_real_dwarfs_is_told_to_be_two(real_data):
    files = real_data / "browndwarf" / "observed" / "spex"
    (late_l,), (t_dwarf,) = (read(files / f"{name}.fits.gz") for name in (LATE_L, T_DWARF))
    level = np.nanmedian(late_l.flux[(late_l.wave > 1.2) & (late_l.wave < 1.3)])
    own = np.nanmedian(t_dwarf.flux[(t_dwarf.wave > 1.2) & (t_dwarf.wave < 1.3)])
    added = np.interp(late_l.wave, t_dwarf.wave, t_dwarf.flux) * 0.7 * level / own
    mixed = Spectrum(late_l.wave, late_l.flux + added, late_l.sigma, resolution=late_l.resolution)

    one, two = infer([late_l, mixed], draws=200)

    assert not any("two objects" in each for each in one.warnings)
    assert any("it may be two objects, and logg is quoted 1.3" in each for each in two.warnings)
