"""Posteriors of several grids under the likelihoods of their emulators."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from starsieve.atmospheres.distances import Distance
from starsieve.atmospheres.infer import infer
from starsieve.atmospheres.networks import Observations
from starsieve.atmospheres.several.model import SharedGrid
from starsieve.atmospheres.several.proposer import GridProposer
from starsieve.atmospheres.several.refine import refine_several
from starsieve.data import Spectrum
from starsieve.errors import DataError
from tests.atmospheres.several.made import WAVE, log_flux_at, make_spectrum, observe

N = 400
SCALE = 1e-20
UNIT = 600.0
"""What makes the tiny grids' numbers those of surfaces."""


@pytest.fixture(scope="module")
def of_surfaces(tiny_model):
    members = [replace(each, mean=each.mean + np.log(UNIT)) for each in tiny_model.members]
    return replace(tiny_model, members=tuple(members))


@pytest.fixture(scope="module")
def refined(tiny_model):
    [found] = refine_several(tiny_model, [observe("clouds", 1150.0, 4.8)], N, 0)
    return found


def test_the_evidence_names_the_grid_and_draws_hold_the_truth(refined):
    assert refined.grids["clouds"].weight > 0.99
    assert refined.refined.ess > 0.1 * N
    teff, logg = refined.refined.draws.T
    assert abs(np.median(teff) - 1150) < 3 * teff.std() < 100
    assert abs(np.median(logg) - 4.8) < 3 * logg.std() < 1


def test_draws_and_their_spectra_are_in_one_order(refined):
    draws = refined.draws

    np.testing.assert_array_equal(draws.parameters[:, :2], refined.refined.draws)
    scaled = draws.render(slice(None)) * refined.refined.scale[:, None]
    seen = observe("clouds", 1150.0, 4.8)
    off = (seen.flux - scaled) / seen.sigma
    assert np.mean(off**2) < 1.6


def test_what_is_refined_of_one_does_not_depend_on_the_others(tiny_model, refined):
    others = [observe("bands", 1500.0, 4.2, seed=1), observe("clouds", 1150.0, 4.8)]

    _, again = refine_several(tiny_model, others, N, 0)

    np.testing.assert_array_equal(again.refined.draws, refined.refined.draws)
    assert again.grids == refined.grids


def test_a_label_of_a_slice_keeps_the_value_of_the_block(tiny_model):
    [found] = refine_several(tiny_model, [observe("bands", 1250.0, 4.6)], N, 0)

    assert found.grids["bands"].weight > 0.99
    assert found.grids["bands"].parameters["c_to_o"] == 0.55
    assert np.nanmax(found.draws.parameters[:, 2]) == 0.55


def test_no_draw_is_left_in_a_hole(tiny_model):
    members = list(tiny_model.members)
    nodes = members[1].space.nodes
    kept = ~((nodes[:, 0] > 1100) & (nodes[:, 1] > 4.6))
    space = replace(members[1].space, nodes=nodes[kept])
    members[1] = replace(members[1], space=space, weights=members[1].weights[kept])
    holed = replace(tiny_model, members=tuple(members))

    [found] = refine_several(holed, [observe("clouds", 1150.0, 4.8)], N, 0)

    mine = found.draws.grid == 1
    assert space.contains(found.draws.parameters[mine][:, :2]).all()


def test_log_densities_of_proposals_are_those_of_the_box_of_nodes(tiny_model):
    proposer = GridProposer(tiny_model, 1, tiny_model.members[1].space)
    seen = observe("clouds", 1150.0, 4.8)
    asked = Observations(
        torch.as_tensor(seen.flux[None]).float(),
        torch.as_tensor(seen.sigma[None]).float(),
        torch.as_tensor(seen.trusted[None]),
    )
    base = torch.as_tensor(np.random.default_rng(0).uniform(-1, 1, (20_000, 2))).float()

    points, log_density = proposer.propose(base, asked)

    # The mean of 1 / density over draws is the area of the box, 4.
    assert float(torch.exp(-log_density).mean()) == pytest.approx(4.0, rel=0.1)
    assert points.abs().max() <= 1
    assert isinstance(proposer.grid, SharedGrid)


def absolute(kind="clouds", teff=1150.0, logg=4.8):
    spectrum = make_spectrum(kind, teff, logg)
    factor = UNIT * SCALE * np.exp(log_flux_at(kind, teff, logg))[0].mean()
    return Spectrum(
        wave=WAVE,
        flux=spectrum.flux * factor,
        sigma=spectrum.sigma * factor,
        flux_unit="erg / (um s cm2)",
    )


def test_an_inference_by_several_grids_is_refined_to_scale_and_predicted(of_surfaces):
    [found] = infer(
        absolute(), of_surfaces, draws=N, refine=True, distance=Distance(10.0), predict=True
    )

    assert found.grids["clouds"].weight > 0.99
    assert found.refined.ess > 0.1 * N
    assert np.median(found.refined.scale) == pytest.approx(SCALE, rel=0.05)
    radius = found.physical.summaries()["radius"].median
    assert radius == pytest.approx(np.sqrt(SCALE) * 10 * 4.3167e8, rel=0.05)
    assert 0.001 < found.predictive.p_value < 0.999
    assert not any("labelled" in warning for warning in found.warnings)


def test_draws_that_are_not_refined_have_a_scale_and_bands_too(of_surfaces):
    [found] = infer(absolute(), of_surfaces, draws=N, distance=Distance(10.0), predict=True)

    bands = found.predictive
    assert np.all((bands.q16 <= bands.median) & (bands.median <= bands.q84))
    truth = UNIT * SCALE * np.exp(log_flux_at("clouds", 1150.0, 4.8))[0]
    assert np.mean((bands.q025 < truth) & (truth < bands.q975)) > 0.8
    radius, luminosity = found.physical.summaries().values()
    sphere = 2 * np.log10(found.physical.radius * 0.10276) + 4 * np.log10(
        found.draws_of("teff") / 5772
    )
    assert luminosity.median == pytest.approx(np.median(sphere), abs=0.01)
    assert radius.std > 0


def test_a_quoted_label_of_a_slice_cannot_be_refined(tiny_model):
    grid = replace(
        tiny_model.grid,
        names=(*tiny_model.grid.names, "c_to_o"),
        nodes=(*tiny_model.grid.nodes, np.linspace(0.3, 0.9, 33)),
    )
    with pytest.raises(DataError, match="bands varies c_to_o at single values"):
        infer(absolute(), replace(tiny_model, grid=grid), refine=True)


def test_grids_of_other_units_make_no_radii(tiny_model):
    with pytest.raises(DataError, match="surface flux densities"):
        infer(absolute(), tiny_model, distance=Distance(10.0))
