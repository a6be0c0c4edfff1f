import pytest
import torch

from starsieve.atmospheres.networks import Observations
from starsieve.atmospheres.preparation_recipes import (
    Bin,
    Extremes,
    Log10,
    ScaleColumns,
    ScaleLabels,
    ScaleRows,
    Smooth,
)
from starsieve.atmospheres.recipes import TrainRecipe
from starsieve.atmospheres.regressors.draws import make_observe
from starsieve.atmospheres.regressors.preparation import Preparation, Targets, bridge_gaps
from starsieve.errors import DataError
from starsieve.registry import TASKS
from tests.atmospheres.regressors.made import WAVE, make_recipe


def see(flux, valid=None):
    valid = torch.ones_like(flux, dtype=torch.bool) if valid is None else valid
    return Observations(flux, torch.full_like(flux, 0.01), valid)


def spectra(n=30, n_pixels=24):
    return torch.rand(n, n_pixels, generator=torch.Generator().manual_seed(0)) + 0.5


def test_gaps_are_bridged_by_straight_lines_and_ends_go_on():
    flux = torch.tensor([[9.0, 1.0, 9.0, 9.0, 4.0, 9.0]])
    valid = torch.tensor([[False, True, False, False, True, False]])

    assert bridge_gaps(see(flux, valid)).tolist() == [[1.0, 1.0, 2.0, 3.0, 4.0, 4.0]]


def test_rows_are_scaled_by_themselves():
    deviation = Preparation([ScaleRows()], 24)(see(spectra())).pixels
    spread = Preparation([ScaleRows(by="range")], 24)(see(spectra())).pixels

    torch.testing.assert_close(deviation.mean(1), torch.zeros(30), atol=1e-5, rtol=0)
    torch.testing.assert_close(deviation.std(1), torch.ones(30))
    assert (spread.amin(1) == 0).all()
    torch.testing.assert_close(spread.amax(1), torch.ones(30))


@pytest.mark.parametrize("by", ["deviation", "range"])
def test_columns_are_scaled_by_the_training_rows(by):
    preparation = Preparation([ScaleColumns(by=by)], 24)
    training = preparation.fit(see(spectra())).pixels

    other = preparation(see(spectra()[:3])).pixels

    torch.testing.assert_close(other, training[:3])
    if by == "deviation":
        torch.testing.assert_close(training.std(0), torch.ones(24))
    else:
        torch.testing.assert_close(training.amax(0), torch.ones(24))


def test_extremes_are_those_of_the_row_as_it_is_by_then():
    inputs = Preparation([Extremes(), Smooth(width=2), Extremes()], 24)(see(spectra()))
    flux = spectra() / spectra().mean(1, keepdim=True)

    assert inputs.features.shape == (30, 4)
    torch.testing.assert_close(inputs.features[:, 0], flux.amin(1))
    torch.testing.assert_close(inputs.features[:, 3], inputs.pixels.amax(1))
    assert (inputs.features[:, 1] > inputs.features[:, 3]).all()


def test_the_scale_of_the_flux_does_not_matter():
    preparation = Preparation([Extremes()], 24)

    one, other = preparation(see(spectra())), preparation(see(1e-14 * spectra()))

    torch.testing.assert_close(one.together(), other.together())


def test_smoothing_keeps_a_line_and_lowers_a_peak():
    line = torch.linspace(1, 2, 41)[None]
    peak = torch.ones(1, 41)
    peak[0, 20] = 5

    smooth = Preparation([Smooth(width=1.5)], 41)

    torch.testing.assert_close(
        smooth(see(line)).pixels[:, 8:-8], (line / line.mean())[:, 8:-8], rtol=1e-4, atol=1e-4
    )
    assert smooth(see(peak)).pixels.max() < 0.5 * (peak / peak.mean()).max()


def test_bins_average_neighbours():
    flux = torch.arange(1.0, 13.0)[None]
    preparation = Preparation([Bin(n_pixels=4), ScaleColumns()], 12)

    binned = Preparation([Bin(n_pixels=4)], 12)(see(flux)).pixels

    torch.testing.assert_close(binned * flux.mean(), torch.tensor([[2.0, 5.0, 8.0, 11.0]]))
    assert preparation.n_pixels == 4
    with pytest.raises(DataError, match="can't make 30 pixels of 24"):
        Preparation([Bin(n_pixels=30)], 24)


@pytest.mark.parametrize("steps", [[], [Log10()], [ScaleLabels()], [Log10(), ScaleLabels()]])
def test_labels_come_back(steps):
    labels = torch.tensor([[1000.0, 4.0], [1500.0, 5.0], [2400.0, 5.5]])
    targets = Targets(steps, ("teff", "logg"))
    targets.fit(labels)

    torch.testing.assert_close(targets.back(targets(labels)), labels)
    if steps == [Log10()]:
        torch.testing.assert_close(targets(labels)[:, 0], labels[:, 0].log10())


def test_labels_without_a_logarithm_and_unknown_ones_are_refused():
    targets = Targets([Log10(labels=("mh",))], ("teff", "mh"))

    with pytest.raises(DataError, match="log10 needs positive labels"):
        targets.fit(torch.tensor([[1000.0, -0.5]]))
    with pytest.raises(DataError, match="'tef', which is no label"):
        Targets([Log10(labels=("tef",))], ("teff",))


@pytest.mark.parametrize(
    ("step", "same_noise", "cut"),
    [({}, False, True), ({"snr": [50, 50], "cuts": False}, True, False), (None, True, False)],
)
def test_noise_is_as_the_step_says_and_without_it_there_is_none(step, same_noise, cut):
    first = [] if step is None else [{"kind": "noise", **step}]
    network = {"kind": "convolutional", "preparation": first}
    recipe = make_recipe("convolutional", network=network)
    generator = torch.Generator().manual_seed(0)
    observe = make_observe(WAVE, recipe, recipe.network.preparation, generator)
    flux = spectra(200, 60)

    seen = observe(flux)

    share = (seen.sigma / flux).median(1).values
    assert (share.max() < 10 * share.min()) == same_noise
    assert (len(set(seen.valid.sum(1).tolist())) > 1) == cut
    assert torch.equal(seen.flux, flux) == (step is None)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (["scale-rows", "noise"], "noise must come first"),
        (["scale-labels", "log10"], "log10 must come before scale-labels"),
        (["log10", "log10"], "can be there once only"),
        ([{"kind": "scale-columns", "of": "features"}], "needs extremes before it"),
        ([{"kind": "noise", "snr": [9, 3]}], "two positive numbers"),
        (["rebin"], "does not match any of the expected tags"),
    ],
)
def test_steps_that_mean_nothing_are_refused(steps, message):
    named = [step if isinstance(step, dict) else {"kind": step} for step in steps]
    options = make_recipe("pca-ridge").model_dump(mode="json")
    options["network"]["preparation"] = named

    with pytest.raises(Exception, match=message):
        TASKS["atmospheres.train"].read_recipe(options)


def test_a_recipe_with_steps_comes_back_from_json():
    recipe = make_recipe("convolutional")

    assert TrainRecipe.model_validate_json(recipe.model_dump_json()) == recipe
