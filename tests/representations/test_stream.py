import threading
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from starsieve.archive import Archive, Target
from starsieve.data import Spectrum, SpectrumSet
from starsieve.errors import DataError
from starsieve.representations.prepare import Inputs, prepare
from starsieve.representations.stream import Source, Stream, source_of

WAVE = np.geomspace(0.5, 0.6, 16)
ROW = 9 * len(WAVE) * 3
"""Bytes that a spectrum takes as long as three windows are in memory."""


def put_on_grid(spectra: Sequence[Spectrum], velocity: Any) -> Inputs:
    return prepare(spectra, WAVE, velocity=velocity)


def make_numbered(numbers: Sequence[int]) -> list[Spectrum]:
    """Make spectra whose median is their number."""
    wave = np.linspace(0.49, 0.61, 60)
    shape = 1 + 0.1 * np.sin(60 * wave)
    shape /= np.median(prepare([Spectrum(wave, shape)], WAVE).scale)
    return [Spectrum(wave, number * shape, np.full(60, 0.01)) for number in numbers]


def keep_numbered(archive: Archive, counts: Sequence[int]) -> Source:
    """Keep as many spectra of each star as `counts` says; their medians are 1, 2, ..."""
    stars = archive.targets.add([Target(f"star {n}") for n in range(len(counts))])
    targets = [star for star, count in zip(stars, counts, strict=True) for _ in range(count)]
    spectra = make_numbered(range(1, len(targets) + 1))
    archive.spectra.add(spectra, "observed", targets=targets)
    return source_of(archive, ["observed"], put_on_grid, len(WAVE))


def numbers_of(inputs: Inputs) -> list[int]:
    assert inputs.usable.all()
    return np.round(inputs.scale).astype(int).tolist()


def test_every_star_is_drawn_once_in_a_pass_by_any_of_its_spectra(archive: Archive) -> None:
    counts = [1, 1, 12, 1, 4, 1, 1, 2]
    source = keep_numbered(archive, counts)
    star_of = np.repeat(np.arange(len(counts)), counts)
    drawn: Counter[int] = Counter()

    with Stream(source, memory=3 * ROW) as stream:
        for _ in range(60):
            numbers = numbers_of(stream.draw(len(counts)))
            assert sorted(star_of[np.array(numbers) - 1]) == list(range(len(counts)))
            drawn.update(numbers)

    assert len(drawn) > sum(counts) - 5  # nearly all spectra of the much-observed star have come
    assert max(drawn[number] for number in range(3, 15)) < 30


def test_the_order_is_random_and_decided_by_the_seed(archive: Archive) -> None:
    source = keep_numbered(archive, [1] * 50)

    orders = []
    for seed in (1, 1, 2):
        with Stream(source, seed, memory=20 * ROW) as stream:
            orders.append([numbers_of(stream.draw(50)) for _ in range(2)])

    assert orders[0] == orders[1]
    assert orders[0] != orders[2]
    assert orders[0][0] != orders[0][1]
    assert sorted(orders[0][0]) == list(range(1, 51))
    # Rows that are neighbours in the archive do not stay so.
    steps = np.abs(np.diff(orders[0][0]))
    assert np.mean(steps == 1) < 0.3


def test_a_stream_goes_on_where_another_one_was(archive: Archive) -> None:
    source = keep_numbered(archive, [1, 3] * 9)
    with Stream(source, 5, memory=7 * ROW) as whole:
        truth = [numbers_of(whole.draw(5)) for _ in range(14)]

    for step in (1, 6, 11):
        with Stream(source, 5, memory=7 * ROW) as before:
            for _ in range(step):
                before.draw(5)
            state = before.get_state()
        with Stream(source, 5, memory=7 * ROW) as after:
            after.draw(3)
            after.set_state(state)
            assert [numbers_of(after.draw(5)) for _ in range(14 - step)] == truth[step:]


def test_no_more_is_read_than_memory_allows(archive: Archive) -> None:
    source = keep_numbered(archive, [1] * 40)
    sizes: list[int] = []
    read = Source.read

    class Watched(Source):
        def read(self, rows: np.ndarray) -> Inputs:
            sizes.append(len(rows))
            return read(self, rows)

    watched = Watched(archive, source.ids, source.stars, put_on_grid, len(WAVE))
    with Stream(watched, memory=6 * ROW) as stream:
        for _ in range(10):
            stream.draw(4)

    assert max(sizes) == 6
    assert sum(sizes) <= 40 + 2 * 6  # nothing is read twice, and little ahead


def test_what_cannot_be_used_is_never_drawn(archive: Archive) -> None:
    wave = np.linspace(0.49, 0.61, 60)
    dark = [Spectrum(wave, np.zeros(60))] * 12
    archive.spectra.add([*make_numbered(range(1, 9)), *dark], "observed")
    source = source_of(archive, ["observed"], put_on_grid, len(WAVE))

    for memory in (2 * ROW, 5 * ROW, 100 * ROW):
        with Stream(source, memory=memory) as stream:
            drawn = [number for _ in range(20) for number in numbers_of(stream.draw(3))]
        assert set(drawn) <= set(range(1, 9))
        assert len(set(drawn)) >= 7

    with (
        Stream(source.take(np.arange(20) >= 8), memory=4 * ROW) as stream,
        pytest.raises(DataError, match="None of 12 stars"),
    ):
        stream.draw(1)


def test_collections_of_any_kind_are_drawn_from_together(archive: Archive) -> None:
    archive.spectra.add(make_numbered([1, 2, 3]), "observed")
    archive.spectra.add_grid(SpectrumSet.stack(make_numbered([4, 5, 6, 7])), "grid")
    source = source_of(archive, ["observed", "grid"], put_on_grid, len(WAVE))

    with Stream(source) as stream:
        assert sorted(numbers_of(stream.draw(7))) == list(range(1, 8))


def test_velocities_go_with_their_spectra(archive: Archive) -> None:
    seen: dict[int, float] = {}

    def watch(spectra: Sequence[Spectrum], velocity: Any) -> Inputs:
        inputs = prepare(spectra, WAVE, velocity=velocity)
        seen.update(zip(np.round(inputs.scale).astype(int).tolist(), velocity, strict=True))
        return inputs

    source = keep_numbered(archive, [1] * 9)
    velocity = 10.0 * np.arange(1, 10)
    source = Source(archive, source.ids, source.stars, watch, len(WAVE), velocity)
    with Stream(source.take(np.arange(2, 9)), memory=3 * ROW) as stream:
        stream.draw(7)

    assert seen == {number: 10.0 * number for number in range(3, 10)}


def test_errors_of_the_reading_thread_reach_the_caller_and_the_thread_ends(
    archive: Archive,
) -> None:
    source = keep_numbered(archive, [1] * 9)
    broken = Source(archive, source.ids + 1000, source.stars, put_on_grid, len(WAVE))
    before = threading.active_count()

    with Stream(source, memory=2 * ROW) as stream:
        stream.draw(1)
    with Stream(broken) as stream, pytest.raises(LookupError, match="No spectrum"):
        stream.draw(1)

    assert threading.active_count() == before
    with pytest.raises(DataError, match="no spectra"):
        Stream(source.take(np.zeros(9, dtype=bool)))
