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
from tests.readers.made_files import make_kepler

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
