"""A posterior of several grids: trained, kept, resumed, asked."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from starsieve.atmospheres import infer as inferring
from starsieve.atmospheres.infer import infer
from starsieve.atmospheres.models import load_model
from starsieve.atmospheres.several.posterior import infer_several
from starsieve.atmospheres.several.train import make_members, train_several_on
from starsieve.atmospheres.several.tries import Tried, Trusted, weigh
from starsieve.data import SpectrumSet
from starsieve.errors import DataError, ModelMismatchError
from tests.atmospheres.several.made import (
    GRIDS,
    QUICK,
    RECIPE,
    WAVE,
    make_recipe,
    make_spectrum,
    observe,
)


def train(folder, record=QUICK, *more, **options):
    return train_several_on(GRIDS, make_recipe(record), {}, *more, **options).save(folder)


def test_the_same_seed_gives_the_same_weights_and_another_one_others(tmp_path):
    cards = [train(tmp_path / str(i), QUICK | {"seed": i // 2}) for i in range(3)]

    assert cards[0].weights_sha256 == cards[1].weights_sha256 != cards[2].weights_sha256


def test_an_interrupted_training_ends_with_the_same_weights(tmp_path):
    whole = train(tmp_path / "whole")
    file, seen = tmp_path / "checkpoint.safetensors", []

    def interrupt(done, total, what):
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "part", QUICK, interrupt, file)
    card = train(tmp_path / "rest", QUICK, lambda done, *_: seen.append(done), file)

    assert seen == [4, 5, 6]
    assert card.weights_sha256 == whole.weights_sha256


def test_training_lowers_the_loss(tiny_model):
    history = tiny_model.card.metrics["history"]

    assert history["validation"][-1] < history["validation"][0] < 3.0


def test_the_card_says_what_it_was_trained_on(tiny_model):
    card = tiny_model.card

    assert [each["name"] for each in card.metrics["grids"]] == ["bands", "clouds"]
    assert card.metrics["box"] == {"teff": [800, 1800], "logg": [4, 5.5], "c_to_o": [0.3, 0.9]}
    assert [output.name for output in card.outputs] == ["teff", "logg"]
    assert set(card.grid) == {"bands", "clouds"}
    assert "teff 800 to 1800" in card.limits
    assert repr(tiny_model) == "SeveralModel('tiny-grids': teff, logg; bands, clouds)"


def test_a_loaded_model_answers_as_the_one_that_was_kept(tiny_folder, tiny_model, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in tiny_folder.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    seen = [observe("bands", 1100, 4.8), observe("clouds", 1500, 4.2)]

    found, again = (infer_several(m, seen, 200, 0) for m in (tiny_model, load_model(copy)))

    assert np.array_equal(found.draws, again.draws)
    assert found.grids == again.grids


def test_a_model_without_its_grids_is_refused(tiny_folder, tmp_path):
    card = (tiny_folder / "model.json").read_text()
    (tmp_path / "model.json").write_text(card.replace('"smoothness"', '"smoothnes"'))
    weights = tiny_folder / "weights.safetensors"
    (tmp_path / weights.name).write_bytes(weights.read_bytes())

    with pytest.raises(ModelMismatchError, match=r"grids are missing or damaged.*smoothness"):
        load_model(tmp_path)


@pytest.mark.parametrize("kind", ["bands", "clouds"])
def test_the_grid_that_a_spectrum_is_of_weighs_most(tiny_model, kind):
    points = [(900, 4.3), (1250, 4.8), (1600, 5.2)]
    seen = [observe(kind, teff, logg, seed) for seed, (teff, logg) in enumerate(points)]

    found = infer_several(tiny_model, seen, 300, 0)

    for answers in found.grids:
        assert sum(each.weight for each in answers.values()) == pytest.approx(1.0)
        assert answers[kind].weight > 0.9
        assert answers[kind].misfit == min(each.misfit for each in answers.values())
        assert set(answers["bands"].parameters) == {"teff", "logg", "c_to_o"}
        assert set(answers["clouds"].parameters) == {"teff", "logg"}
    # What 120 steps teach: hot from cool, no more.
    medians = np.median(found.draws[:, :, 0], axis=1)
    assert (np.diff(medians) > 50).all()


def test_no_draw_is_outside_of_the_grids(tiny_model):
    found = infer_several(tiny_model, [observe("clouds", 820, 4.02)], 500, 0)

    low, high = zip((800, 1800), (4.0, 5.5), strict=True)
    assert (found.draws >= low).all()
    assert (found.draws <= high).all()


def test_a_spectrum_gets_the_same_draws_in_any_company(tiny_model):
    spectra = [make_spectrum("bands", 1100, 4.8), make_spectrum("clouds", 1500, 4.2, seed=1)]

    alone = infer(spectra[1], tiny_model, draws=100)[0]
    beside = infer(spectra, tiny_model, draws=100)[1]

    np.testing.assert_allclose(alone.draws, beside.draws, rtol=2e-4)


def test_draws_do_not_depend_on_the_number_of_threads(tiny_model, monkeypatch):
    spectra = [make_spectrum("bands", 900 + 100 * i, 4.8, seed=i) for i in range(7)]
    spectra[3] = replace(spectra[3], flux=-spectra[3].flux)
    monkeypatch.setattr(inferring, "SPECTRA_PER_BLOCK", 2)
    before, found, told = torch.get_num_threads(), {}, []

    try:
        for n_threads in (1, 2):
            torch.set_num_threads(n_threads)
            found[n_threads] = infer(
                spectra, tiny_model, draws=50, progress=lambda *each: told.append(each)
            )
    finally:
        torch.set_num_threads(before)

    one, two = found[1], found[2]
    assert np.array_equal([each.draws for each in one], [each.draws for each in two])
    assert [each.grids for each in one] == [each.grids for each in two]
    assert [each.file for each in one] == [f"spectrum {i}" for i in (0, 1, 2, 4, 5, 6)]
    assert one.failures == two.failures
    assert len(one.failures) == 1
    assert [done for done, _, what in told if what == "inferring"] == [2, 4, 6, 7] * 2


def test_grids_that_fit_alike_share_the_weight():
    rng = np.random.default_rng(0)
    seen = [observe("bands", 1100, 4.8)]
    spectra = Trusted.of(seen)
    off = rng.normal(0, 0.1, spectra.flux.shape)

    def tried(size):
        left = size * off
        rms = np.sqrt((left**2 * spectra.trusted).sum(1) / spectra.trusted.sum(1))
        nothing = np.zeros((1, 1))
        return Tried(nothing, nothing, spectra.flux - left, rms, rms, rms, rms)

    alike = weigh([tried(1.0), tried(1.0)], spectra)
    worse = weigh([tried(1.0), tried(1.5), tried(4.0)], spectra)[:, 0]

    np.testing.assert_allclose(alike, 0.5)
    assert worse[0] > worse[1] > worse[2]
    assert worse.sum() == pytest.approx(1.0)


def test_grids_on_other_wavelengths_are_refused():
    other = SpectrumSet(WAVE * 1.1, GRIDS["clouds"].flux, labels=GRIDS["clouds"].labels)

    with pytest.raises(DataError, match=r"clouds has 30 pixels from .* must share their wave"):
        make_members(GRIDS | {"clouds": other}, make_recipe())


def test_an_output_that_a_grid_does_not_vary_is_refused():
    labels = ["teff", "logg", "c_to_o"]

    with pytest.raises(DataError, match=r"clouds does not vary c_to_o freely; it varies teff, log"):
        make_members(GRIDS, make_recipe(outputs=labels))


def test_a_label_of_a_grid_that_the_recipe_leaves_out_is_named():
    with pytest.raises(DataError, match="bands varies c_to_o, which has to be one of the labels"):
        make_members(GRIDS, make_recipe(labels=["teff", "logg"]))


def test_outputs_have_to_be_the_first_labels():
    with pytest.raises(ValueError, match="outputs must be the first of the labels, got logg"):
        make_recipe(RECIPE | {"outputs": ["logg"]})


def test_features_of_what_is_not_valid_do_not_matter(tiny_model):
    from starsieve.atmospheres.networks import Observations

    flux = torch.rand(1, 30) + 0.5
    valid = torch.ones(1, 30, dtype=torch.bool)
    valid[0, 4:9] = False
    other = torch.where(valid, flux, torch.tensor(77.0))
    sigma = torch.full((1, 30), 0.1)

    one, two = (tiny_model.network.features(Observations(f, sigma, valid)) for f in (flux, other))

    torch.testing.assert_close(one, two)
