from itertools import chain
from typing import Any

import numpy as np
import pytest

from starsieve.archive import Archive, SourceFile, Target
from starsieve.data import LightCurve
from starsieve.errors import DataError, NotInArchiveError


def make_curve(n_cadences: int = 40, seed: int = 0, **more: Any) -> LightCurve:
    rng = np.random.default_rng(seed)
    flux = rng.normal(1, 0.01, n_cadences).astype(np.float32)
    flux[3] = np.nan
    return LightCurve(
        time=1500 + np.cumsum(rng.uniform(0.1, 0.2, n_cadences)),
        flux=flux,
        sigma=np.full(n_cadences, 0.01, dtype=np.float32),
        valid=rng.random(n_cadences) > 0.1,
        quality=rng.integers(0, 2**16, n_cadences).astype(np.int32),
        flux_unit="electron / s",
        **more,
    )


def assert_same(one: LightCurve, other: LightCurve) -> None:
    for name in ("time", "flux", "sigma", "valid", "quality"):
        a, b = getattr(one, name), getattr(other, name)
        assert (a is None) == (b is None)
        if a is not None:
            assert a.dtype == b.dtype
            assert a.tobytes() == b.tobytes(), name
    assert (one.flux_unit, one.meta) == (other.flux_unit, other.meta)


def test_light_curves_come_back_bit_by_bit(archive: Archive) -> None:
    bare = LightCurve(np.arange(5.0), np.ones(5))
    curves = [make_curve(7 + n, seed=n, meta={"sector": n}) for n in range(9)] + [bare]

    ids = archive.light_curves.add(curves, "sector-1")

    for stored, curve in zip(archive.light_curves.read(ids[::-1]), curves[::-1], strict=True):
        assert_same(stored, curve)
    batches = list(archive.light_curves.iterate("sector-1", batch=4))
    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert [number for number, _ in chain(*batches)] == ids


def test_the_table_tells_all_but_the_cadences(archive: Archive) -> None:
    (star,) = archive.targets.add([Target("TIC 7", 1.0, 2.0, tic=7)])
    source = SourceFile("lc.fits", "c" * 64, 5, "spoc-lc")

    (number,) = archive.light_curves.add(
        [make_curve(meta={"object": "TIC 7"})], "sector-1", [source], [star]
    )

    (info,) = archive.light_curves.table("sector-1")
    assert (info.id, info.object, info.target, info.n_cadences) == (number, "TIC 7", star, 40)
    assert (info.file, info.file_hash) == ("lc.fits", "c" * 64)
    assert archive.collections.get("sector-1").kind == "light curves"


def test_unknown_light_curves_are_told(archive: Archive) -> None:
    archive.light_curves.add([make_curve()], "sector-1")

    with pytest.raises(NotInArchiveError, match="No light curve 12"):
        archive.light_curves.read([12])
    with pytest.raises(NotInArchiveError, match="sector-1"):
        archive.light_curves.table("sector-2")


def test_flags_that_do_not_fit_are_refused(archive: Archive) -> None:
    flags = np.full(3, 2**63, dtype=np.uint64)

    with pytest.raises(DataError, match="int64"):
        archive.light_curves.add([LightCurve(np.arange(3.0), np.ones(3), quality=flags)], "s1")


def test_the_light_curves_of_a_star_are_found_in_every_collection(archive: Archive) -> None:
    one, other = archive.targets.add([Target("TIC 7", tic=7), Target("TIC 8", tic=8)])
    curves = [make_curve(seed=n) for n in range(3)]
    ids = archive.light_curves.add(curves, "sector-1", targets=[one, other, one])
    ids += archive.light_curves.add([make_curve()], "sector-2", targets=[one])

    found = archive.light_curves.of_target(one)

    assert [info.id for info in found] == [ids[0], ids[2], ids[3]]
    assert archive.light_curves.of_target(999) == []
