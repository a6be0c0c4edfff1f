"""What every reader must do. A new reader is tested by making a file of its layout.

Each check takes a file of known layout, which may be cut or copied but not changed.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy import units as u

from starsieve.data import LightCurve, Spectrum
from starsieve.data.validation import SERIES, Validation
from starsieve.errors import StarsieveError
from starsieve.readers import READERS, read
from starsieve.readers.reader import Content

CUTS = (0.02, 0.3, 0.6, 0.9, 0.99)
"""Where a file is cut, as fractions of its length."""


def list_arrays(content: Content) -> list[Any]:
    """Return the fluxes of a container, None where there are none."""
    if isinstance(content, Validation):
        return [getattr(tce, name) for tce in content.tces for name in SERIES]
    return [content.flux]


def check_layout_is_recognised(layout: str, file: Path) -> None:
    reading = read(file)
    [reader] = [reader for reader in READERS if reader.name == layout]
    assert (reading.layout, reading.kind) == (layout, reader.kind)
    assert reading.file == str(file)


def check_units_are_canonical(layout: str, file: Path) -> None:
    for content in read(file):
        if isinstance(content, Validation):
            continue
        assert u.Unit(content.flux_unit).to_string() == content.flux_unit
        assert content.flux.dtype == np.float64
        assert content.flux.dtype.isnative
        if not isinstance(content, LightCurve):
            assert 0.1 < content.wave[0] < content.wave[-1] < 100


def check_the_grid_increases(layout: str, file: Path) -> None:
    for content in read(file):
        if isinstance(content, Validation):
            assert all(tce.time is None or np.all(np.diff(tce.time) > 0) for tce in content.tces)
            continue
        grid = content.time if isinstance(content, LightCurve) else content.wave
        assert np.all(np.diff(grid) > 0)
        assert np.any(content.usable)


def check_assumptions_are_sentences(layout: str, file: Path) -> None:
    for sentence in read(file).assumed:
        assert sentence[0].isupper() or sentence[0].isdigit()
        assert sentence.endswith(".")
        assert "\n" not in sentence


def check_the_hash_is_that_of_the_bytes(layout: str, file: Path) -> None:
    assert read(file).content_hash == hashlib.sha256(file.read_bytes()).hexdigest()


def check_reading_changes_nothing(layout: str, file: Path) -> None:
    before, there = file.stat(), sorted(file.parent.iterdir())
    first, second = read(file), read(file)
    assert (file.stat().st_mtime_ns, file.stat().st_size) == (before.st_mtime_ns, before.st_size)
    assert sorted(file.parent.iterdir()) == there
    for one, other in zip(first, second, strict=True):
        for a, b in zip(list_arrays(one), list_arrays(other), strict=True):
            np.testing.assert_array_equal(a, b)


def check_the_name_does_not_matter(layout: str, file: Path) -> None:
    copy = file.with_name("unnamed")
    copy.write_bytes(file.read_bytes())
    assert read(copy).layout == layout


def check_truncated_files_are_refused_by_name(layout: str, file: Path) -> None:
    content = file.read_bytes()
    short = file.with_name(f"short-{file.name}")
    for cut in CUTS:
        short.write_bytes(content[: int(cut * len(content))])
        with pytest.raises(StarsieveError) as caught:
            read(short)
        assert str(caught.value).startswith(f"{short}: ")
        assert "\n" not in str(caught.value)


def check_the_record_is_complete(layout: str, file: Path) -> None:
    reading = read(file)
    record = reading.to_record()
    promised = {
        *("file", "layout", "kind", "n_pixels", "wave_min_um", "wave_max_um", "flux_unit"),
        *("medium_in_file", "frame", "assumed"),
    }
    assert promised <= set(record)
    if isinstance(reading[0], Spectrum):
        assert None not in [record[name] for name in promised]


CHECKS = (
    check_layout_is_recognised,
    check_units_are_canonical,
    check_the_grid_increases,
    check_assumptions_are_sentences,
    check_the_hash_is_that_of_the_bytes,
    check_reading_changes_nothing,
    check_the_name_does_not_matter,
    check_truncated_files_are_refused_by_name,
    check_the_record_is_complete,
)
