"""Labels are read off latents with errors that hold, and not where nobody has labels."""

import numpy as np
import pytest

from starsieve.data import Embeddings
from starsieve.errors import DataError, ModelMismatchError
from starsieve.readers import read
from starsieve.representations.tagger import LEVELS
from starsieve.representations.tags import fit_tags


def make_labelled(n: int = 400, seed: int = 0, noise: float = 0.1, per_star: int = 1):
    """Latents in which one label is linear, one curved, and one not to be found."""
    rng = np.random.default_rng(seed)
    stars = np.arange(n) // per_star
    latents = rng.normal(size=(stars.max() + 1, 4))[stars] * [4.0, 2.0, 1.0, 1.0]
    latents += rng.normal(0, 0.02, latents.shape)
    own = rng.normal(0, noise, (stars.max() + 1, 2))[stars]
    labels = {
        "linear": 5000 + 100 * (latents[:, 0] + own[:, 0]),
        "curved": latents[:, 1] * latents[:, 2] + own[:, 1],
        "absent": rng.normal(size=n),
    }
    return Embeddings(latents, np.arange(n), model="toy"), labels, stars


@pytest.fixture(scope="module")
def fitted():
    embeddings, labels, stars = make_labelled()
    return fit_tags(embeddings, labels, stars)


def test_labels_of_unseen_spectra_are_recovered(fitted):
    embeddings, truth, _ = make_labelled(n=300, seed=7)

    tags = fitted.tag(embeddings)

    for name, spread in (("linear", 400.0), ("curved", 2.0)):
        known = np.isfinite(tags[name].value)
        error = np.abs(tags[name].value - truth[name])[known]
        assert known.mean() > 0.9
        assert np.median(error) < 0.1 * spread


def test_intervals_cover_as_often_as_they_say(fitted):
    inside = {level: [] for level in LEVELS}
    for seed in range(20, 25):
        embeddings, truth, _ = make_labelled(n=400, seed=seed)
        tags = fitted.tag(embeddings)
        for name, tag in tags.items():
            known = np.isfinite(tag.value)
            for level in LEVELS:
                off = np.abs(tag.value - truth[name])[known]
                inside[level].append(np.mean(off <= tag.half_width[level][known]))

    assert 0.60 < np.mean(inside[LEVELS[0]]) < 0.80
    assert 0.91 < np.mean(inside[LEVELS[1]]) < 0.995


def test_a_label_that_latents_know_nothing_of_gets_wide_intervals(fitted):
    embeddings, _, _ = make_labelled(n=200, seed=8)

    tags = fitted.tag(embeddings)

    assert np.nanmedian(tags["absent"].half_width[0.95]) > 1.5
    assert fitted.labels["absent"].scatter > 0.8


def test_there_is_no_answer_far_from_labelled_spectra(fitted):
    near, _, _ = make_labelled(n=50, seed=9)
    away = Embeddings(near.latents + np.array([0.0, 0.0, 40.0, 0.0]), near.ids, model="toy")

    tags = fitted.tag(away)

    assert all(np.isnan(tag.value).all() for tag in tags.values())
    assert all((tag.distance > 1).all() for tag in tags.values())


def test_a_spectrum_that_could_not_be_encoded_gets_no_answer(fitted):
    embeddings, _, _ = make_labelled(n=20, seed=10)
    embeddings.latents[3] = np.nan

    value = fitted.tag(embeddings)["linear"].value

    assert np.isnan(value[3])
    assert np.isfinite(np.delete(value, 3)).sum() > 12


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_star_that_was_learnt_from_is_judged_without_it(seed):
    embeddings, _, stars = make_labelled(n=300, seed=seed, per_star=3)
    secret = np.random.default_rng(seed).normal(size=100)[stars]
    tagger = fit_tags(embeddings, {"secret": secret}, stars, seed=seed)

    told = tagger.tag(embeddings)["secret"].value
    fair = tagger.tag(embeddings, stars)["secret"].value

    # The label is drawn at random for each star: only who saw the star can know it.
    known = np.isfinite(fair)
    assert known.mean() > 0.9
    assert np.median(np.abs(fair - secret)[known]) > 0.4
    assert np.nanmedian(np.abs(told - secret)) < np.median(np.abs(fair - secret)[known])


def test_other_spectra_of_a_star_do_not_flatter_the_errors():
    embeddings, _, stars = make_labelled(n=300, seed=5, per_star=3)
    secret = np.random.default_rng(5).normal(size=100)[stars]

    by_star = fit_tags(embeddings, {"secret": secret}, stars).labels["secret"].scatter
    by_spectrum = fit_tags(embeddings, {"secret": secret}).labels["secret"].scatter

    assert by_star > 0.6
    assert by_spectrum < 0.3


def test_intervals_are_wider_where_spectra_are_harder():
    rng = np.random.default_rng(3)
    latents = rng.uniform(-1, 1, (600, 2))
    noise = np.where(latents[:, 0] > 0, 1.0, 0.05)
    values = latents[:, 1] + rng.normal(size=600) * noise
    tagger = fit_tags(Embeddings(latents, np.arange(600)), {"label": values})

    width = tagger.tag(Embeddings(latents, np.arange(600)), np.arange(600))["label"].half_width[
        0.95
    ]

    hard = latents[:, 0] > 0.2
    easy = latents[:, 0] < -0.2
    assert np.nanmedian(width[hard]) > 1.4 * np.nanmedian(width[easy])


def test_a_label_with_few_stars_is_refused_and_the_others_go_on():
    embeddings, labels, stars = make_labelled(n=120)
    few = np.where(np.arange(120) < 12, labels["linear"], np.nan)
    three = np.arange(120) % 3 * 1.0

    tagger = fit_tags(embeddings, {"linear": labels["linear"], "few": few, "three": three}, stars)

    assert list(tagger.labels) == ["linear"]
    assert "12 stars" in tagger.refused["few"]
    assert "3 values" in tagger.refused["three"]


def test_nothing_to_learn_is_one_clear_error():
    embeddings, labels, _ = make_labelled(n=10)

    with pytest.raises(DataError, match=r"No label can be learnt.*linear: 10 stars"):
        fit_tags(embeddings, labels)


def test_latents_that_never_vary_are_refused():
    still = Embeddings(np.ones((60, 3)), np.arange(60))

    with pytest.raises(DataError, match="all latents are the same"):
        fit_tags(still, {"label": np.arange(60.0)})


def test_embeddings_of_another_model_are_refused(fitted):
    embeddings, _, _ = make_labelled(n=5)
    other = Embeddings(embeddings.latents, embeddings.ids, model="other")
    short = Embeddings(embeddings.latents[:, :2], embeddings.ids, model="toy")

    with pytest.raises(ModelMismatchError, match=r"'toy'.*'other'"):
        fitted.tag(other)
    with pytest.raises(ModelMismatchError, match="4 latents, got 2"):
        fitted.tag(short)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_wrong_labels_of_some_stars_hardly_move_the_others(seed):
    embeddings, labels, _ = make_labelled(seed=seed, noise=0.02)
    wrong = np.random.default_rng(seed).random(400) < 0.1
    given = np.where(wrong, labels["linear"] + 3000.0, labels["linear"])
    fresh, truth, _ = make_labelled(seed=seed + 50, noise=0.02)

    value = fit_tags(embeddings, {"linear": given}).tag(fresh)["linear"].value

    # A mean would be off by 300.
    assert np.nanmedian(np.abs(value - truth["linear"])) < 60


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_latents_that_are_all_noise_do_not_hide_the_others(seed):
    rng = np.random.default_rng(seed)
    latents = rng.normal(size=(400, 30))
    sigma = np.tile(np.r_[0.01, 0.01, np.full(28, 0.99)], (400, 1))
    labels = {"curved": latents[:, 0] ** 2 + np.sin(2 * latents[:, 1])}
    number = np.arange(400)

    told = fit_tags(Embeddings(latents, number, sigma), labels).labels["curved"].scatter
    untold = fit_tags(Embeddings(latents, number), labels).labels["curved"].scatter

    assert told < 0.3
    assert told < 0.7 * untold


def test_the_same_seed_gives_the_same_tagger():
    embeddings, labels, stars = make_labelled(n=120)

    first, second = (fit_tags(embeddings, labels, stars, seed=3) for _ in range(2))

    assert first.labels["linear"].options == second.labels["linear"].options
    assert first.folds == second.folds


@pytest.mark.real_data
def test_labels_of_real_stars_are_read_off_components(real_data):
    (spectra,) = read(real_data / "stellar" / "miles" / "miles_labelled.npz")
    teff = spectra.labels["teff"]
    kept = np.flatnonzero((teff > 3500) & (teff < 8500))[::2]
    flux = spectra.flux[kept] / np.median(spectra.flux[kept], axis=1, keepdims=True)
    flux = flux - flux.mean(axis=0)
    axes = np.linalg.svd(flux, full_matrices=False)[2][:12]

    tagger = fit_tags(Embeddings(flux @ axes.T, kept), {"teff": teff[kept]})

    assert tagger.labels["teff"].scatter < 200
