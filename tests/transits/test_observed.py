"""Files, objects and TIC numbers become stars."""

import numpy as np
import pytest

from starsieve.archive import Archive, LabelRow, SourceFile, Target
from starsieve.data import LightCurve
from starsieve.errors import DataError, NotInArchiveError
from starsieve.transits.observed import group_items, open_star
from starsieve.transits.search_stars import group_collection


def make_curve(target: int | None = 7, sector: int = 1, **meta) -> LightCurve:
    time = 1500.0 + 27 * sector + np.arange(0, 20, 0.02)
    flux = np.random.default_rng(sector).normal(1000.0, 1.0, len(time))
    known = {} if target is None else {"target": target, "object": f"TIC {target}"}
    about = {"telescope": "TESS", "sector": sector, "cadence_seconds": 1728.0, **known, **meta}
    return LightCurve(time, flux, np.ones(len(time)), flux_unit="electron / s", meta=about)


def test_light_curves_of_one_star_are_joined():
    curves = [make_curve(7, 2), make_curve(8, 1), make_curve(7, 1)]

    groups, failures = group_items(curves)
    stars = [open_star(group) for group in groups]

    assert failures == []
    assert [(star.target, len(star.curve)) for star in stars] == [("TIC 7", 2000), ("TIC 8", 1000)]
    assert stars[0].star.tic == 7
    assert np.all(np.diff(stars[0].curve.time) > 0)


def test_curves_of_stars_without_a_name_are_not_mixed():
    groups, _ = group_items([make_curve(None), make_curve(None, 2)])

    assert len(groups) == 2


def test_real_sectors_of_one_star_are_one_star(real_data):
    folder = real_data / "tess" / "lightcurves"
    files = sorted(folder.glob("tess*0000000159873822*_lc.fits"))

    groups, _ = group_items(files)
    star = open_star(groups[0])

    assert len(files) == 2
    assert len(groups) == 1
    assert star.star.tic == 159873822
    assert len(star.hashes) == 2
    assert "and 1 more" in star.file


def test_a_file_twice_counts_once(real_data):
    file = next((real_data / "tess" / "lightcurves").glob("tess*0000000159873822*_lc.fits"))

    star = open_star(group_items([file, file])[0][0])

    assert len(star.curve.meta["segments"]) == 1


def test_a_number_brings_the_light_curves_and_what_the_catalogue_knows(tmp_path):
    with Archive.create(tmp_path / "archive") as archive:
        (number,) = archive.targets.add([Target("pi Men", 84.3, -80.5, tic=7)])
        archive.light_curves.add([make_curve(), make_curve(7, 2)], "lc", targets=[number] * 2)
        archive.labels.add([LabelRow("teff", 6013.0, origin="TIC", target=number)])

        (group,), failures = group_items(["TIC 7", "8"], archive)
        star = open_star(group, archive)

    assert (star.target, star.star.teff, star.star.source) == ("pi Men", 6013.0, "TIC")
    assert len(star.ids) == 2
    assert "no light curve of TIC 8" in failures[0].error


def test_without_an_archive_a_number_says_how_to_get_one():
    _, (failure,) = group_items([25155310])

    assert "starsieve fetch light-curves 25155310" in failure.error


def test_a_spectrum_is_no_light_curve(tmp_path):
    file = tmp_path / "spectrum.csv"
    rows = "\n".join(f"{1 + i / 100},{1 + i % 3}" for i in range(50))
    file.write_text(f"wave_um,flux\n{rows}\n")

    (group,), _ = group_items([file])

    with pytest.raises(DataError, match="expected a light curve"):
        open_star(group)


def test_raw_and_validated_fluxes_are_not_searched_with_the_corrected(tmp_path):
    def add(collection: str, sector: int, column: str) -> int:
        curve = make_curve(7, sector, flux_column=column)
        file = SourceFile(f"{sector}.fits", f"{sector:064}", 1, "made")
        return archive.light_curves.add([curve], collection, [file], [number])[0]

    with Archive.create(tmp_path / "archive") as archive:
        (number,) = archive.targets.add([Target("pi Men", tic=7)])
        corrected = add("tess", 1, "PDCSAP_FLUX")
        add("tess-sap", 1, "SAP_FLUX")
        only_raw = add("tess-sap", 2, "SAP_FLUX")
        add("tess-dv", 3, "LC_INIT")

        (group,), _ = group_items([7], archive)

        assert [piece.id for piece in group.pieces] == [corrected, only_raw]
        with pytest.raises(NotInArchiveError, match="no light curves"):
            group_collection(archive, "tess-dv")
