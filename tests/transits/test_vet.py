"""Stars in, judged candidates out; what fails is named, and the others go on."""

import json

import numpy as np
import pytest

from starsieve.archive import Archive
from starsieve.data.light_curve import LightCurve
from starsieve.errors import NotInArchiveError
from starsieve.jobs import run_task
from starsieve.transits import vet as vetting
from starsieve.transits.match import KnownSignal
from starsieve.transits.recipes import SearchOptions
from starsieve.transits.stored import store_vetting
from starsieve.transits.vet import vet
from starsieve.transits.vetting import COLUMNS, Vettings
from tests.transits.made_vetter import make_vetter, save_vetter
from tests.transits.searching import PLANET
from tests.transits.vetting import EPHEMERIS, make_star, make_vetted, make_vetting

QUICK = SearchOptions(detrend="none", period_min_days=2.0, max_candidates=2)
PROMISED = {"period_days", "period_err_days", "epoch_btjd", "duration_hours", "depth_ppm", "snr"}


@pytest.fixture(scope="module")
def vetted() -> Vettings:
    """A star with a planet, one that can't be searched, and a quiet one."""
    empty = LightCurve(np.array([1.0, 2.0]), np.ones(2), meta={"telescope": "TESS", "target": 13})
    stars = [make_star(PLANET), empty, make_star(tic=12, seed=3)]
    known = [KnownSignal(name="TOI 1.01", kind="toi", tic=11, ephemeris=EPHEMERIS)]
    return vet(stars, make_vetter(), options=QUICK, known=known)


def test_a_planet_is_found_fitted_and_judged(vetted):
    [planet] = vetted[0].vetted

    assert planet.candidate.ephemeris.period_days == pytest.approx(3.7, rel=1e-3)
    assert planet.fit.measured["period_days"].value == pytest.approx(3.7, rel=1e-3)
    assert planet.views.local_view is not None
    assert sum(planet.verdict.class_probabilities.values()) == pytest.approx(1.0)
    assert planet.verdict.reasons
    assert planet.signal.model_flux.min() == pytest.approx(1 - 1500e-6, abs=3e-4)


def test_what_fails_is_named_and_the_others_go_on(vetted):
    assert [each.target for each in vetted] == ["TIC 11", "TIC 12"]
    [failure] = vetted.failures
    assert "usable" in failure.error


def test_a_quiet_star_has_no_candidate(vetted):
    assert vetted[1].vetted == ()
    assert "TIC 12: no candidate" in str(vetted)


def test_known_signals_are_matched_and_never_seen_by_the_model(vetted):
    again = vet(make_star(PLANET), make_vetter(), options=QUICK)

    [planet], [unknown] = vetted[0].vetted, again[0].vetted
    assert [each.known.name for each in planet.matches] == ["TOI 1.01"]
    assert unknown.matches == ()
    assert unknown.verdict == planet.verdict


def test_the_record_has_the_promised_fields_and_is_json(vetted):
    record = vetted[0].to_record()

    [candidate] = record["candidates"]
    assert set(candidate) >= PROMISED | {"planet_probability", "class_probabilities", "reasons"}
    assert json.loads(json.dumps(record))["tic"] == 11


def test_results_become_tables_of_one_row_per_candidate(vetted):
    assert vetted.to_table().colnames == list(COLUMNS)
    assert list(vetted.to_pandas()["target"]) == ["TIC 11"]
    assert "<td>TIC 11</td>" in vetted._repr_html_()


def test_how_numbers_were_made_is_kept(vetted):
    made = vetted[0].provenance

    assert made["model"] == make_vetter().name
    assert made["search"]["period_min_days"] == 2.0


def test_sectors_of_a_star_are_joined():
    sectors = [make_star(PLANET, start=start) for start in (1500.0, 1529.6)]

    [star] = vet(sectors, make_vetter(), options=QUICK)

    assert star.vetted[0].candidate.n_transits > 10


def test_stars_are_judged_alike_in_blocks_of_any_size(vetted, monkeypatch):
    monkeypatch.setattr(vetting, "STARS_PER_BLOCK", 1)
    again = vet([make_star(PLANET), make_star(tic=12, seed=3)], make_vetter(), options=QUICK)

    assert [each.target for each in again] == [each.target for each in vetted]
    assert again[0].vetted[0].verdict.planet_probability == pytest.approx(
        vetted[0].vetted[0].verdict.planet_probability
    )


def test_progress_counts_stars():
    told = []
    vet(make_star(), make_vetter(), options=QUICK, progress=lambda *each: told.append(each))

    assert told == [(1, 1, "vetting")]


def test_a_model_that_is_not_there_is_named():
    with pytest.raises(NotInArchiveError, match="no-such-model"):
        vet(make_star(), "no-such-model")


def test_candidates_and_scores_are_kept_once(archive: Archive):
    made = make_vetting(make_vetted(1), make_vetted(2))

    first = store_vetting(archive, "sector-1", made)
    again = store_vetting(archive, "sector-1", made)

    assert first == again
    assert [row.name for row in archive.candidates.list(tic=11)] == [
        "sector-1/TIC 11.01",
        "sector-1/TIC 11.02",
    ]
    scores = archive.scores.list(candidate=first[0])
    assert scores[0].planet_probability == pytest.approx(0.8)


def test_runs_are_kept_with_what_they_found_and_said(archive: Archive):
    archive.light_curves.add([make_star(PLANET)], "sector-1")
    folder = save_vetter(archive.models.folder("toy"))
    archive.models.register(folder.name)
    options = {"collection": "sector-1", "search": QUICK.model_dump()}

    run_task("transits.search", options, archive)
    (found,) = archive.candidates.list()
    run_task("transits.vet", options | {"model": "toy"}, archive)
    (judged,) = archive.candidates.list()
    (score,) = archive.scores.list(candidate=found.id)

    assert (found.run, judged.run, score.run) == (1, 2, 2)
    assert found.id == judged.id


def test_a_star_without_candidates_leaves_nothing_in_the_archive(archive: Archive):
    assert store_vetting(archive, "sector-1", make_vetting()) == []
    assert archive.candidates.list() == []
