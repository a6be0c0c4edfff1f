"""What a model grid can't teach is found, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from starsieve.atmospheres.grids import check_grid
from starsieve.atmospheres.grids.huber import huber_floor
from starsieve.data.spectrum import SpectrumSet
from starsieve.errors import DataError
from tests.atmospheres.grids.made_grids import make_grid, make_planted


@pytest.fixture(scope="module")
def planted():
    return check_grid(make_planted(), name="planted")


@pytest.fixture(scope="module")
def sound():
    return check_grid(make_grid(), name="sound")


def test_the_planted_ceilings_are_those_of_the_published_results(planted):
    assert planted.ceiling("mh").r2 == pytest.approx(0.935, abs=5e-4)
    assert planted.ceiling("c_to_o").r2 == pytest.approx(0.992, abs=5e-4)
    assert planted.ceiling("mh").huber == pytest.approx(0.0325, abs=5e-5)
    assert planted.ceiling("c_to_o").huber == pytest.approx(0.0041, abs=5e-5)
    assert planted.ceiling("teff").r2 == planted.ceiling("logg").r2 == 1.0


def test_the_best_answers_of_a_lookup_reach_the_ceiling_and_no_more():
    spectra = make_planted()
    check = check_grid(spectra)
    _, group = np.unique(np.round(spectra.flux, 3), axis=0, return_inverse=True)
    group = group.ravel()

    for name in ("mh", "c_to_o"):
        truth = spectra.labels[name]
        means = np.bincount(group, truth) / np.bincount(group)
        r2 = 1 - np.mean((truth - means[group]) ** 2) / truth.var()
        assert check.ceiling(name).r2 == pytest.approx(r2, abs=1e-12)


def test_planted_copies_are_named_by_the_values_that_are_tied(planted):
    ties = {tie.describe() for tie in planted.copies.ties()}

    assert ties == {
        "[M/H] -1, -0.7, -0.5, -0.3, 0 share one spectrum",
        "[M/H] 0.3, 0.5, 0.7 share one spectrum",
        "C/O 0.25, 0.5 share one spectrum",
    }
    assert planted.copies.n_distinct == 3 * 2 * 6 * 5
    patterns = {pattern.text: pattern.n_groups for pattern in planted.copies.patterns()}
    assert patterns["[M/H] 0.3, 0.5, 0.7 × C/O 0.25, 0.5"] == 6
    assert len(patterns) == 5
    assert planted.copies.name(planted.copies.members[0]) == (
        "[M/H] -1, -0.7, -0.5, -0.3, 0 × C/O 0.25, 0.5 (at Teff 800, log g 4)"
    )
    assert any("R2 of [M/H] 0.935 (Huber 0.0325)" in finding for finding in planted.findings())


def test_a_sound_grid_gives_no_finding(sound):
    assert sound.findings() == ()
    assert all(ceiling.r2 == 1.0 for ceiling in sound.ceilings if np.isinf(ceiling.snr))
    assert sound.copies.n_distinct == sound.n_spectra == 54


def test_the_order_of_rows_does_not_matter(planted):
    spectra = make_planted()
    rows = np.random.default_rng(1).permutation(len(spectra))

    again = check_grid(spectra.take(rows))

    assert {t.describe() for t in again.copies.ties()} == {
        t.describe() for t in planted.copies.ties()
    }
    assert again.ceiling("mh").huber == pytest.approx(planted.ceiling("mh").huber)


def test_copies_are_found_whatever_their_brightness_unless_it_counts():
    spectra = make_grid()
    flux = spectra.flux.copy()
    flux[1] = 3.0 * flux[0]
    scaled = replace(spectra, flux=flux)

    free, absolute = check_grid(scaled), check_grid(scaled, scale_free=False)

    assert [rows.tolist() for rows in free.copies.members] == [[0, 1]]
    assert absolute.copies.members == ()
    assert absolute.ceiling("c_to_o").r2 == 1.0 > free.ceiling("c_to_o").r2


def test_copies_that_round_to_other_digits_are_still_copies():
    spectra = make_grid()
    rng = np.random.default_rng(0)
    flux = spectra.flux.copy()
    flux[1] = flux[0] * (1 + 2e-6 * rng.normal(size=flux.shape[1]))

    check = check_grid(replace(spectra, flux=flux))

    assert [rows.tolist() for rows in check.copies.members] == [[0, 1]]


def test_spectra_are_closer_than_the_noise_up_to_a_signal_to_noise():
    spectra = make_grid()
    flux = spectra.flux.copy()
    away = np.random.default_rng(0).normal(size=flux.shape[1]) * np.sqrt(np.mean(flux[0] ** 2))
    flux[1] = flux[0] + 1e-3 * away  # so 1e-3 * S/N * sqrt(104) deviations: 2 at S/N 196
    spectra = replace(spectra, flux=flux)

    noisy, clean = check_grid(spectra, snr=150.0), check_grid(spectra, snr=250.0)

    assert [rows.tolist() for rows in noisy.near.members] == [[0, 1]]
    assert noisy.near.where() == "Teff 800; log g 4; [M/H] -0.5"
    assert noisy.copies.members == clean.near.members == ()


def test_the_noisy_ceiling_of_two_spectra_is_that_of_theory():
    # Two equally likely labels, told apart by d deviations: the mean of the variance of the
    # posterior is E[1 - tanh^2(x)], x normal with mean and variance d^2 / 4, in units of theirs.
    wave = np.linspace(1.0, 2.0, 50)
    flux = np.stack([np.ones(50), np.ones(50)])
    distance = 1.0
    flux[1] += 0.01 * np.where(np.arange(50) % 2, 1.0, -1.0)
    snr = distance / (0.01 * np.sqrt(50))
    spectra = SpectrumSet(wave, flux, labels={"mh": np.array([0.0, 1.0])})

    check = check_grid(spectra, snr=snr)

    x = np.random.default_rng(0).normal(distance**2 / 4, distance / 2, 400_000)
    assert check.ceiling("mh", snr).r2 == pytest.approx(np.mean(np.tanh(x) ** 2), abs=0.015)


def test_what_noise_leaves_falls_with_the_noise_and_never_exceeds_what_copies_leave(planted):
    for name in ("teff", "logg", "mh", "c_to_o"):
        r2 = [planted.ceiling(name, snr).r2 for snr in planted.snr_levels]
        assert r2 == sorted(r2)


def test_the_confusions_of_planted_copies_are_even_within_a_tie(planted):
    table = planted.confusions.by_label[2]

    assert table.sum(axis=1) == pytest.approx(np.ones(12))
    assert table[:5, :5] == pytest.approx(np.full((5, 5), 0.2), abs=1e-3)


def test_chains_of_small_steps_do_not_join_what_differs():
    wave = np.linspace(1.0, 2.0, 100)
    depth = 1e-3 * np.arange(40)
    line = np.exp(-0.5 * ((wave - 1.5) / 0.1) ** 2)
    spectra = SpectrumSet(wave, 1 - depth[:, None] * line, labels={"mh": depth})

    check = check_grid(spectra, snr=200.0)

    assert 2 < len(check.near.members) < 20
    assert max(len(rows) for rows in check.near.members) < 10


def test_words_that_tell_spectra_apart_are_a_label():
    spectra = make_grid()
    n = len(spectra)
    twice = replace(
        spectra,
        flux=np.concatenate([spectra.flux, spectra.flux[:, ::-1]]),
        labels={name: np.tile(values, 2) for name, values in spectra.labels.items()},
        meta={"cld": ["clear"] * n + ["cloudy"] * n, "file": [f"f{i}" for i in range(2 * n)]},
    )

    with_words, without = check_grid(twice), check_grid(twice, labels=list(spectra.labels))

    assert [axis.name for axis in with_words.axes][-1] == "cld"
    assert with_words.coverage.n_repeated == 0
    assert without.coverage.n_repeated == n
    assert any("no label tells them apart" in finding for finding in without.findings())


def test_what_cannot_be_checked_is_said_clearly():
    spectra = make_grid()
    unknown = replace(spectra, labels=spectra.labels | {"mh": np.full(len(spectra), np.nan)})

    with pytest.raises(DataError, match=r"no label 'age'\. It has: teff, logg, mh, c_to_o"):
        check_grid(spectra, labels=["age"])
    with pytest.raises(DataError, match="'mh' is not known of 54 of 54 spectra"):
        check_grid(unknown)
    with pytest.raises(DataError, match=r"no labels\. It has: none"):
        check_grid(replace(spectra, labels={}))
    with pytest.raises(DataError, match="No spectra can be compared"):
        check_grid(replace(spectra, flux=np.full_like(spectra.flux, np.nan)))
    with pytest.raises(DataError, match="the S/N is -1"):
        check_grid(spectra, snr=-1.0)
    with pytest.raises(DataError, match="there is no spectrum"):
        check_grid(spectra.take(slice(0, 0)))


def test_the_record_is_plain_json(planted):
    import json

    record = json.loads(json.dumps(planted.to_record(), allow_nan=True))

    assert record["copies"]["n_distinct"] == 180
    assert record["ceilings"]["mh"]["copies"]["r2"] == pytest.approx(0.935, abs=5e-4)
    assert record["closer_than_noise"]["groups"][0]["rows"]
    assert planted.essentials()["r2_ceilings"]["c_to_o"]["copies"] == pytest.approx(0.992, abs=5e-4)


@pytest.mark.parametrize("share", [0.5, 0.7, 0.95])
def test_the_huber_floor_is_the_least_loss_also_where_the_loss_is_linear(share):
    values = np.array([-3.0, 0.2, 4.0])
    probabilities = np.array([share, (1 - share) / 3, 2 * (1 - share) / 3])
    centres = np.linspace(-4, 5, 90_001)
    away = np.abs(values[:, None] - centres)
    losses = probabilities @ np.where(away < 1, 0.5 * away**2, away - 0.5)

    [found] = huber_floor(probabilities[None], values)

    assert found == pytest.approx(losses.min(), abs=1e-6)
