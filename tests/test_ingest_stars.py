"""Light curves are linked to their stars."""

from pathlib import Path

import numpy as np
import pytest

import starsieve.ingest
from starsieve.archive import Archive, Target
from starsieve.data import LightCurve
from starsieve.ingest import ingest
from starsieve.readers import Hints, Reading
from starsieve.settings import Settings
from tests.readers.made_files import make_dvt, make_kepler, make_light_curve

HERE = Settings()


def pretend(monkeypatch: pytest.MonkeyPatch, **metas: dict[str, object]) -> None:
    """Make each file one that holds a light curve with the metadata given under its name."""

    def read(path: Path, _: Hints) -> Reading:
        curve = LightCurve(np.arange(9.0), np.ones(9), meta=metas[path.name])
        return Reading(str(path), "made", "light curve", (curve,), (), f"{path.name:>064}")

    monkeypatch.setattr(starsieve.ingest, "read", read)


def make(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).touch()
    return [folder / name for name in names]


def test_light_curves_of_kepler_are_linked_by_kic_number(archive: Archive, tmp_path: Path) -> None:
    (star,) = archive.targets.add([Target("Kepler-90", kic=11442793)])

    ingest([make_kepler(tmp_path)], "kepler", archive, HERE)

    (info,) = archive.light_curves.table("kepler")
    assert info.target == star
    assert archive.targets.get(star).name == "Kepler-90"


def test_stars_of_the_three_missions_are_made_if_they_are_new(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, a={"target": 5}, b={"kic": 6}, c={"epic": 7}, d={})

    ingest(make(tmp_path, "a", "b", "c", "d"), "all", archive, HERE)

    targets = [info.target for info in archive.light_curves.table("all")]
    names = [None if number is None else archive.targets.get(number).name for number in targets]
    assert names == ["TIC 5", "KIC 6", "EPIC 7", None]
    assert (archive.targets.find(tic=5).id, archive.targets.find(kic=6).id) == tuple(targets[:2])


def test_what_a_file_says_of_its_star_replaces_nothing(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.targets.add([Target("pi Men", 84.291199, -80.469124, tic=5)])
    pretend(monkeypatch, a={"target": 5, "ra": 84.3, "dec": -80.5})

    ingest(make(tmp_path, "a"), "tess", archive, HERE)

    star = archive.targets.find(tic=5)
    assert (star.name, star.ra, star.dec) == ("pi Men", 84.291199, -80.469124)


def test_a_file_of_an_impossible_star_is_refused_and_the_rest_go_on(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, a={"target": 5, "ra": 1.0, "dec": 95.0}, b={"target": 6})

    report = ingest(make(tmp_path, "a", "b"), "tess", archive, HERE)

    assert report.kept == 1
    ((file, reason),) = report.refused
    assert Path(file).name == "a"
    assert "can't be at" in reason
    assert [star.tic for star in archive.products.missing()] == [6]


def test_the_raw_flux_of_a_file_goes_beside_the_corrected(archive: Archive, tmp_path: Path) -> None:
    report = ingest([make_light_curve(tmp_path)], "tess", archive, HERE)

    (main,), (raw,) = (archive.light_curves.table(name) for name in ("tess", "tess-sap"))
    assert report.ids == (main.id,)
    assert (main.meta["flux_column"], raw.meta["flux_column"]) == ("PDCSAP_FLUX", "SAP_FLUX")
    assert (main.target, main.file_hash) == (raw.target, raw.file_hash)
    corrected, summed = archive.light_curves.read([main.id, raw.id])
    np.testing.assert_allclose(np.nanmedian(summed.flux - corrected.flux), 50.0)


def test_a_flux_that_was_asked_for_stands_alone(archive: Archive, tmp_path: Path) -> None:
    ingest([make_light_curve(tmp_path)], "raw", archive, HERE, hints=Hints(flux_column="SAP"))

    assert archive.collections.names() == ["raw"]


def test_a_killed_ingest_leaves_no_file_without_its_raw_flux(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, add = make_light_curve(tmp_path), archive.light_curves.add

    def killed(curves: list[LightCurve], collection: str, *others: object) -> list[int]:
        if collection == "tess":
            raise KeyboardInterrupt
        return add(curves, collection, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(archive.light_curves, "add", killed)
    with pytest.raises(KeyboardInterrupt):
        ingest([file], "tess", archive, HERE)
    monkeypatch.undo()

    assert ingest([file], "tess", archive, HERE).kept == 1
    assert ingest([file], "tess", archive, HERE).already == 1
    assert [len(archive.light_curves.table(name)) for name in ("tess", "tess-sap")] == [1, 1]


def test_validated_light_curves_are_kept_with_what_was_fitted(
    archive: Archive, tmp_path: Path
) -> None:
    assert ingest([make_dvt(tmp_path)], "tess-dv", archive, HERE).kept == 1

    infos = archive.light_curves.table("tess-dv")
    shown = [(info.meta["flux_column"], info.meta["tce"]["number"]) for info in infos]
    assert shown == [("LC_INIT", 1), ("MODEL_INIT", 1), ("LC_INIT", 2), ("MODEL_INIT", 2)]
    assert archive.targets.get(infos[0].target or 0).tic == 25155310
    observed, fitted = archive.light_curves.read([infos[0].id, infos[1].id])
    np.testing.assert_allclose(observed.flux - fitted.flux, 1e-5, atol=1e-9)
