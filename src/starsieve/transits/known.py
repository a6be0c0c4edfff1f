"""Which signals are known already: those of a table, or those that the archive's lists have."""

from datetime import UTC, datetime
from pathlib import Path

from starsieve.archive import Archive
from starsieve.readers.catalogues import read_catalogue
from starsieve.transits.match import KnownSignal, full_name, known_signals, listed_ephemeris

OWN = "search"
"""Origin of candidates that a search of the archive found: they are on no list."""

WHOLE_SKY_ARCSEC = 180 * 3600.0


def list_known(table: Path | None, archive: Archive | None) -> list[KnownSignal]:
    """Return the signals of a table of TOIs, CTOIs, KOIs or threshold-crossing events.

    Without a table, those of the lists that were imported into the archive, each with what was
    last said of it; none without an archive.

    Raises
    ------
    FileError, DataError
        If the table can't be read or is none of candidates.
    """
    if table is not None:
        return known_signals(read_catalogue(table))
    return [] if archive is None else _of_archive(archive)


def _of_archive(archive: Archive) -> list[KnownSignal]:
    rows = [row for row in archive.candidates.list() if row.origin != OWN]
    if not rows:
        return []
    said = archive.candidates.known_on(datetime.now(UTC))
    stars = {star.id: star for star, _ in archive.targets.near(0.0, 0.0, WHOLE_SKY_ARCSEC)}
    signals = []
    for row in rows:
        if row.epoch_btjd is None or row.id is None:
            continue
        star, verdict = stars.get(row.target), said.get(row.id)
        signals.append(
            KnownSignal(
                name=full_name(row.origin, row.name),
                kind=row.origin.lower(),
                tic=row.tic,
                ephemeris=listed_ephemeris(row.period_days, row.epoch_btjd, row.duration_hours),
                ra=None if star is None else star.ra,
                dec=None if star is None else star.dec,
                disposition="" if verdict is None else verdict.value,
                period_err_days=row.period_err_days,
                epoch_err_days=row.epoch_err_days,
            )
        )
    return signals
