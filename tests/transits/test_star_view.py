"""What a star's page shows is what was put into its light."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from starsieve.archive import Archive, CandidateRow, SourceFile, Target
from starsieve.data.ephemeris import Ephemeris
from starsieve.data.folded import FoldedView
from starsieve.data.light_curve import LightCurve
from starsieve.errors import DataError, NotInArchiveError
from starsieve.transits.star_candidate import see_candidate
from starsieve.transits.star_files import candidate_errand, star_errand
from starsieve.transits.star_folds import VIEWS
from starsieve.transits.star_sheet import sheet_errand
from starsieve.transits.star_view import view_star
from tests.transits.searching import PLANET
from tests.transits.vetting import make_star

PERIOD, EPOCH, HOURS = PLANET["period"], PLANET["epoch"], PLANET["hours"]


def silent(*_: object) -> None: ...


def row(name: str, star: int, origin: str = "TOI", **values: float | None) -> CandidateRow:
    known = {"period_days": PERIOD, "epoch_btjd": EPOCH, "duration_hours": HOURS}
    return CandidateRow(origin=origin, name=name, target=star, **{**known, **values})


@pytest.fixture
def star(tmp_path: Path):
    """Give an archive with one star that has a planet: corrected, raw and validated light."""
    corrected = make_star(PLANET)
    corrected = replace(corrected, meta={**corrected.meta, "flux_column": "PDCSAP_FLUX"})
    raw_flux = corrected.flux * (1 + 1e-3 * np.sin(corrected.time / 3))
    raw = replace(corrected, flux=raw_flux, meta={**corrected.meta, "flux_column": "SAP_FLUX"})
    event = Ephemeris(period_days=PERIOD, epoch_btjd=EPOCH, duration_hours=HOURS)
    tce = {"number": 1, **{n: getattr(event, n) for n in Ephemeris.__dataclass_fields__}}
    dips = np.where(np.abs((corrected.time - EPOCH + 1) % PERIOD - 1) < HOURS / 48, -0.001, 0.0)
    with Archive.create(tmp_path / "archive") as archive:
        (number,) = archive.targets.add([Target("Toy", 10.0, 20.0, tic=11)])
        file = SourceFile("1.fits", "1" * 64, 1, "made")
        archive.light_curves.add([corrected], "tess", [file], [number])
        archive.light_curves.add([raw], "tess-sap", [file], [number])
        validated = [
            LightCurve(corrected.time, dips, meta={"target": 11, "flux_column": column, "tce": tce})
            for column in ("LC_INIT", "MODEL_INIT")
        ]
        archive.light_curves.add(validated, "tess-dv", targets=[number, number])
        yield archive, archive.targets.get(number)


def seen(archive: Archive, target: Target):
    rows = archive.candidates.list(target=target.id)
    return [see_candidate(archive, target, row, rows) for row in rows]


def test_the_listed_and_the_found_are_one_signal(star):
    archive, target = star
    found = row("a.01", target.id, "search", epoch_btjd=EPOCH + 3 * PERIOD)
    archive.candidates.add([row("1.01", target.id), found])

    for each in seen(archive, target):
        assert each.why == ""
        assert abs(each.examined.fit.measured["period_days"].value - PERIOD) < 0.01
        assert not any("two eclipses" in warning for warning in each.examined.warnings)


def test_the_light_of_a_star_has_its_period(star):
    archive, target = star
    archive.candidates.add([row("1.01", target.id)])

    view = view_star(archive, target, archive.candidates.list(target=target.id))

    best = view.periods[np.argmax(view.power)]
    assert min(abs(best / PERIOD - n) for n in (0.5, 1, 2)) < 0.01
    assert view.curves.raw is not None
    assert view.detrended.curve.usable.sum() > 1000
    (candidate,) = view.candidates
    assert len(candidate.times) >= 5
    np.testing.assert_allclose(np.diff(candidate.times) / PERIOD, 1, atol=1e-4)


def test_what_can_not_be_seen_is_said(star):
    archive, target = star
    archive.candidates.add(
        [
            row("1.01", target.id, duration_hours=None),
            row("1.02", target.id, period_days=None, epoch_btjd=EPOCH + 5000),
            row("1.03", target.id, epoch_btjd=EPOCH + 1000 * PERIOD, period_err_days=0.01),
        ]
    )

    unknown, away, doubtful = seen(archive, target)

    assert "duration is not known" in unknown.why
    assert "None of its transits" in away.why
    assert any("only to" in warning for warning in doubtful.examined.warnings)
    view = view_star(archive, target, archive.candidates.list(target=target.id))
    assert [each.why for each in view.candidates] == [unknown.why, away.why, ""]


def test_a_star_without_light_has_its_candidates_all_the_same(star):
    archive, _ = star
    (number,) = archive.targets.add([Target("Dark")])
    archive.candidates.add([row("9.01", number)])
    dark = archive.targets.get(number)

    view = view_star(archive, dark, archive.candidates.list(target=number))

    assert "no light curve" in view.candidates[0].why
    assert (view.detrended, len(view.periods)) == (None, 0)
    assert [each.why for each in seen(archive, dark)] == [view.candidates[0].why]


def test_a_single_event_is_seen_at_its_time(star):
    archive, target = star
    archive.candidates.add([row("1.01", target.id, period_days=None)])

    (single,) = seen(archive, target)

    assert single.examined.candidate.n_transits == 1
    assert single.examined.candidate.depth_ppm == pytest.approx(1500, rel=0.5)


def test_files_hold_all_that_the_pages_of_stars_draw(star, tmp_path):
    archive, target = star
    archive.candidates.add([row("1.01", target.id)])

    told = star_errand({"target": target.id}, tmp_path, silent, archive)

    with np.load(tmp_path / "star.npz") as arrays:
        for kind in ("corrected", "raw", "flat", "trend"):
            assert len(arrays[f"{kind}.time"]) == len(arrays[f"{kind}.flux"]) > 1000
        assert len(arrays["box.period"]) == len(arrays["box.power"]) > 100
        assert np.all(np.diff(arrays["box.period"]) > 0)
        assert np.all(np.diff(arrays["turn.period"]) > 0)
        dv = FoldedView.from_arrays(arrays, "validated-0")
    assert dv is not None
    assert min(dv.model_flux) == pytest.approx(0.999)
    assert (told["candidates"][0]["name"], len(told["validated"])) == ("1.01", 1)
    assert json.loads(json.dumps(told)) == told


def test_files_hold_all_that_the_pages_of_candidates_draw(star, tmp_path):
    archive, target = star
    (number,) = archive.candidates.add([row("1.01", target.id)]).ids

    told = candidate_errand({"candidate": number}, tmp_path, silent, archive)

    assert (told["id"], told["seen"]) == (number, True)
    with np.load(tmp_path / "candidate.npz") as arrays:
        views = {name: FoldedView.from_arrays(arrays, name) for name in VIEWS}
    transit = views["transit"]
    assert min(transit.median) == pytest.approx(min(transit.model_flux), abs=3e-4)
    assert abs(transit.centre[np.argmin(transit.median)]) < HOURS / 48
    assert np.median(views["secondary"].median) == pytest.approx(1, abs=1e-4)
    depths = [min(views[name].median) for name in ("odd", "even")]
    assert depths[0] == pytest.approx(depths[1], abs=5e-4)
    assert np.median(views["residual"].median) == pytest.approx(1, abs=1e-4)
    assert FoldedView.from_arrays({}, "transit") is None


def test_any_candidate_has_a_sheet_and_nothing_is_stored(star, tmp_path):
    archive, target = star
    known, unknown = archive.candidates.add(
        [row("1.01", target.id), row("1.02", target.id, duration_hours=None)]
    ).ids

    told = sheet_errand({"candidate": known}, tmp_path, silent, archive)

    assert 0 <= told["planet_probability"] <= 1
    assert "TOI 1.01" in (tmp_path / told["html"]).read_text()
    assert (tmp_path / told["pdf"]).read_bytes().startswith(b"%PDF")
    assert archive.scores.list() == []
    with pytest.raises(DataError, match="no sheet of TOI 1"):
        sheet_errand({"candidate": unknown}, tmp_path, silent, archive)
    with pytest.raises(NotInArchiveError):
        sheet_errand({"candidate": 99}, tmp_path, silent, archive)
