"""An injection test counts what is found, as what it is, and goes on where it was stopped."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from starsieve.data.ephemeris import Ephemeris
from starsieve.data.star import Star
from starsieve.errors import DataError
from starsieve.settings import Settings
from starsieve.transits.candidate import Candidate
from starsieve.transits.recovery import (
    Trial,
    binomial_interval,
    compare,
    completeness,
    injection_recovery,
    plan_trials,
    run_trials,
    summary,
)
from starsieve.transits.recovery_recipe import InjectionRecoveryRecipe, RecoveryOptions
from starsieve.transits.recovery_report import Journal, write_recovery_report
from starsieve.transits.search import SearchResult
from starsieve.transits.simulate import simulate_star

SMALL = RecoveryOptions(
    trials=12, periods=(1.0, 9.0), radii=(1.0, 16.0), period_bins=2, radius_bins=2
)
SERIAL = Settings()
TRUTH = Ephemeris(period_days=4.0, epoch_btjd=1501.0, duration_hours=3.0)


def finds_deep_ones(curve):
    """Search as one who knows the truth and sees but what is deeper than 0.3 %."""
    truth = curve.meta["injected"]
    if truth["depth_ppm"] < 3000:
        return SearchResult((), (), None, np.empty(0), np.empty(0), ())
    found = Candidate(
        ephemeris=Ephemeris(
            period_days=truth["period_days"] * 1.0001,
            epoch_btjd=truth["epoch_btjd"],
            duration_hours=truth["duration_hours"],
        ),
        depth_ppm=truth["depth_ppm"],
        depth_err_ppm=1.0,
        snr=50.0,
        snr_pink=50.0,
        n_transits=3,
    )
    return SearchResult((found,), (), None, np.empty(0), np.empty(0), ())


def fails(curve):
    msg = "too little to search."
    raise DataError(msg)


@pytest.fixture
def curves():
    star = Star(tmag=9.0, teff=5772.0, logg=4.44, radius=1.0, mass=1.0)
    return [simulate_star(seed, star=star, days=14.0) for seed in (1, 2)]


def test_trials_fill_the_map_evenly():
    plan = plan_trials(SMALL, n_curves=2)

    trials = [
        Trial(
            **{name: getattr(p, name) for name in ("number", "curve", "period_days")},
            radius_earth=p.radius_earth,
            impact=p.impact,
            depth_ppm=0.0,
            n_transits=0,
            recovered=False,
        )
        for p in plan
    ]
    assert completeness(trials, SMALL).n_trials.tolist() == [[3, 3], [3, 3]]
    assert sorted({p.curve for p in plan}) == [0, 1]
    assert plan == plan_trials(SMALL, n_curves=2)


def test_the_map_shows_what_the_search_sees(curves):
    trials = list(run_trials(curves, SMALL, SERIAL, search_with=finds_deep_ones))

    assert [trial.number for trial in trials] == list(range(12))
    assert all(trial.recovered == (trial.depth_ppm > 3000) for trial in trials)
    grid = completeness(trials, SMALL)
    assert (grid.fraction[0] == 0).all()
    assert (grid.fraction[1] > 0).all()
    assert (grid.low <= grid.fraction).all()
    assert (grid.fraction <= grid.high).all()


def test_the_real_search_finds_what_is_easy(curves):
    easy = replace_options(SMALL, trials=2, radii=(10.0, 12.0), radius_bins=1, max_impact=0.3)

    trials = list(run_trials(curves, easy, SERIAL))

    assert [trial.recovered for trial in trials] == [True, True]
    assert all(trial.found_snr > 30 for trial in trials)


def replace_options(options, **changes):
    return type(options).model_validate(options.model_dump() | changes)


@pytest.mark.parametrize(
    ("period", "epoch", "ratio"),
    [
        (4.01, 1501.0, 1.0),
        (8.0, 1505.0, 2.0),
        (2.0, 1503.0, 0.5),
        (4.0, 1502.0, None),
        (4.3, 1501.0, None),
        (None, 1501.0, None),
    ],
)
def test_signals_are_the_same_if_period_and_time_agree(period, epoch, ratio):
    found = Ephemeris(period_days=period, epoch_btjd=epoch, duration_hours=3.0)

    assert compare(found, TRUTH, near=1505.0) == ratio


def test_a_search_that_fails_is_no_miss(curves):
    trials = list(run_trials(curves, SMALL, SERIAL, search_with=fails))

    found = summary(trials, SMALL)
    assert found["n_failed"] == 12
    assert found["n_trials"] == 0
    assert np.isnan(found["completeness"]).all()
    assert trials[0].error == "too little to search."


def test_processes_find_the_same(curves):
    two = Settings(engine="processes", workers=2)

    alone = list(run_trials(curves, SMALL, SERIAL, search_with=finds_deep_ones))
    together = list(run_trials(curves, SMALL, two, search_with=finds_deep_ones))

    assert [replace(t, seconds=0.0) for t in alone] == [replace(t, seconds=0.0) for t in together]


def test_intervals_hold_the_true_probability_as_often_as_they_say():
    rng = np.random.default_rng(0)
    true = rng.uniform(size=4000)
    successes = rng.binomial(20, true).astype(float)

    low, high = binomial_interval(successes, np.full(4000, 20.0))

    assert np.mean((low <= true) & (true <= high)) == pytest.approx(0.683, abs=0.02)
    assert np.isnan(binomial_interval(np.zeros(1), np.zeros(1))).all()


def test_no_light_curve_is_refused():
    with pytest.raises(DataError, match="at least one"):
        plan_trials(SMALL, 0)


@pytest.mark.parametrize("wrong", [{"periods": (5.0, 1.0)}, {"radii": (0.0, 1.0)}, {"trials": 0}])
def test_impossible_options_are_refused(wrong):
    with pytest.raises(ValidationError):
        RecoveryOptions(**wrong)


def test_a_stopped_test_goes_on_where_it_was(curves, tmp_path):
    journal = Journal(tmp_path, SMALL, ["a", "b"])
    journal.start([])
    running = run_trials(curves, SMALL, SERIAL, search_with=finds_deep_ones)
    for _ in range(5):
        journal.add(next(running))
    with journal.path.open("a") as file:
        file.write('{"number": 5, "cur')  # killed while it was written

    done = Journal(tmp_path, SMALL, ["a", "b"]).read()
    rest = run_trials(
        curves, SMALL, SERIAL, search_with=finds_deep_ones, skip={t.number for t in done}
    )

    assert [trial.number for trial in done] == [0, 1, 2, 3, 4]
    assert [trial.number for trial in rest] == [5, 6, 7, 8, 9, 10, 11]


def test_other_options_start_anew(tmp_path):
    Journal(tmp_path, SMALL, ["a"]).start([])
    trial = Trial(
        number=0, curve=0, period_days=1.0, radius_earth=1.0, impact=0.0, depth_ppm=1.0,
        n_transits=1, recovered=True,
    )  # fmt: skip
    Journal(tmp_path, SMALL, ["a"]).add(trial)

    assert Journal(tmp_path, SMALL, ["a"]).read() == [trial]
    assert Journal(tmp_path, SMALL, ["b"]).read() == []
    assert Journal(tmp_path, replace_options(SMALL, seed=1), ["a"]).read() == []


def test_a_report_has_the_map_and_every_trial(curves, tmp_path):
    trials = list(run_trials(curves, SMALL, SERIAL, search_with=finds_deep_ones))

    page = write_recovery_report(trials, SMALL, ["one.fits", "two.fits"], tmp_path)

    text = page.read_text()
    assert "12 planets were put into 2 light curves" in text
    assert "<svg" in text
    rows = (tmp_path / "trials.csv").read_text().splitlines()
    assert len(rows) == 13
    assert rows[1].startswith("one.fits,0,0,")


def test_the_task_tests_light_curves_of_a_collection(archive, curves):
    archive.light_curves.add(curves, "stars")
    recipe = InjectionRecoveryRecipe(
        collection="stars", curves=1, trials=2, period_bins=1, radius_bins=1, radii=(8.0, 9.0)
    )
    seen = []

    found = injection_recovery(recipe, archive, lambda *what: seen.append(what))

    assert found["n_trials"] == 2
    assert len(found["light_curves"]) == 1
    assert seen[-1][:2] == (2, 2)
