"""What models said about spectra."""

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, select

from starsieve.archive import schema
from starsieve.archive.catalogue import Catalogue, in_parts, insert_many
from starsieve.archive.collections import check_name, collection_number
from starsieve.archive.encoding import number, plain, printable
from starsieve.archive.records import PredictionRow
from starsieve.errors import DataError, NotInArchiveError

STATISTICS = ("median", "mean", "std", "q025", "q16", "q84", "q975")


class PredictionStore:
    """Add and read predictions. A model that runs again replaces what it said before."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def add(self, model: str, run: int | None, rows: Iterable[PredictionRow]) -> int:
        """Store what a model says, all or none; return for how many spectra.

        Parameters
        ----------
        model : str
            Name of a model of the archive, or of one that ships.
        run : int, optional
            Number of the run that made the predictions.
        rows : iterable of PredictionRow
            At most one per spectrum; their own `model` and `run` are not looked at.

        Raises
        ------
        NotInArchiveError
            If there is no such spectrum.
        DataError
            If a parameter has a statistic that is not kept, what a grid says is not JSON, or a
            spectrum comes twice.
        """
        check_name(model)
        by_spectrum = _by_spectrum(rows)
        values = {spectrum: list(_values(row)) for spectrum, row in by_spectrum.items()}
        table, now = schema.prediction, datetime.now(UTC)
        with self._catalogue.writing() as connection:
            for some in in_parts(by_spectrum):
                known = select(schema.spectrum.c.id).where(schema.spectrum.c.id.in_(some))
                missing = sorted(set(some) - set(connection.scalars(known)))
                if missing:
                    msg = f"No spectrum {missing[0]} in the archive to keep a prediction of."
                    raise NotInArchiveError(msg)
                mine = (table.c.model == model) & table.c.spectrum_id.in_(some)
                connection.execute(delete(table).where(mine))
                new = [_row(by_spectrum[s], model, run, now) for s in some]
                insert_many(connection, table, new)
                numbers = connection.execute(select(table.c.spectrum_id, table.c.id).where(mine))
                statistics = [
                    {**value, "prediction_id": prediction}
                    for spectrum, prediction in numbers
                    for value in values[spectrum]
                ]
                insert_many(connection, schema.predicted_value, statistics)
        return len(by_spectrum)

    def read(self, collection: str, model: str | None = None) -> list[PredictionRow]:
        """Return the predictions for a collection's spectra, of one model or of all.

        Raises
        ------
        NotInArchiveError
            If there is no such collection.
        """
        with self._catalogue.reading() as connection:
            mine = schema.spectrum.c.collection_id == collection_number(connection, collection)
            if model is not None:
                mine &= schema.prediction.c.model == model
            return read_predictions(connection, mine)

    def of_spectrum(self, spectrum: int) -> list[PredictionRow]:
        """Return what models say about a spectrum, by the name of the model."""
        with self._catalogue.reading() as connection:
            return read_predictions(connection, schema.prediction.c.spectrum_id == spectrum)


def read_predictions(connection: Connection, mine: ColumnElement[bool]) -> list[PredictionRow]:
    """Return predictions for which a condition holds, in the order of their spectra."""
    table, spectrum, value = schema.prediction, schema.spectrum, schema.predicted_value
    joined = select(table).join(spectrum, spectrum.c.id == table.c.spectrum_id).where(mine)
    rows = connection.execute(joined.order_by(spectrum.c.start, table.c.model)).all()
    query = (
        select(value)
        .join(table, table.c.id == value.c.prediction_id)
        .join(spectrum, spectrum.c.id == table.c.spectrum_id)
        .where(mine)
        .order_by(value.c.prediction_id, value.c.position)
    )
    parameters: dict[int, dict[str, dict[str, Any]]] = {row.id: {} for row in rows}
    for found in connection.execute(query):
        kept = {"unit": found.unit}
        kept |= {s: _float(found._mapping[s]) for s in STATISTICS}
        parameters[found.prediction_id][found.parameter] = kept
    return [_prediction(row, parameters[row.id]) for row in rows]


def _by_spectrum(rows: Iterable[PredictionRow]) -> dict[int, PredictionRow]:
    found: dict[int, PredictionRow] = {}
    for row in rows:
        if found.setdefault(int(row.spectrum), row) is not row:
            msg = f"Spectrum {row.spectrum} has two predictions; a model may give one."
            raise DataError(msg)
    return found


def _row(row: PredictionRow, model: str, run: int | None, now: datetime) -> dict[str, Any]:
    return {
        "spectrum_id": row.spectrum,
        "model": model,
        "run_id": run,
        "in_distribution": None if row.in_distribution is None else bool(row.in_distribution),
        "ood_score": number(row.ood_score),
        "chi2_reduced": number(row.chi2_reduced),
        "warnings": [printable(str(warning)) for warning in row.warnings],
        "created": now,
        "grids": plain(row.grids, "grids") or None,
    }


def _values(row: PredictionRow) -> Iterable[Mapping[str, Any]]:
    for position, (parameter, statistics) in enumerate(row.parameters.items()):
        unknown = sorted(statistics.keys() - {*STATISTICS, "unit"})
        if unknown:
            msg = (
                f"Parameter {parameter!r} has {unknown[0]!r}; what is kept is unit, "
                f"{', '.join(STATISTICS)}."
            )
            raise DataError(msg)
        kept = {s: number(statistics.get(s)) for s in STATISTICS}
        unit = str(statistics.get("unit") or "")
        yield {"parameter": parameter, "position": position, "unit": unit, **kept}


def _prediction(row: Any, parameters: dict[str, dict[str, Any]]) -> PredictionRow:
    return PredictionRow(
        spectrum=row.spectrum_id,
        parameters=parameters,
        in_distribution=row.in_distribution,
        ood_score=row.ood_score,
        chi2_reduced=row.chi2_reduced,
        warnings=tuple(row.warnings),
        model=row.model,
        run=row.run_id,
        grids=row.grids or {},
    )


def _float(value: float | None) -> float:
    return math.nan if value is None else value
