"""What lists of spectra can be narrowed and sorted by: names of labels, models and parameters."""

from dataclasses import dataclass

from sqlalchemy import Connection, exists, select

from starsieve.archive import schema
from starsieve.archive.archive import Archive
from starsieve.archive.spectrum_columns import distinct

SPECTRUM, LABEL = schema.spectrum, schema.label
PREDICTION, VALUE = schema.prediction, schema.predicted_value


@dataclass(frozen=True, slots=True)
class Quantity:
    """A label or a parameter: its name and unit."""

    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class KnownValues:
    """What is known of at least one spectrum.

    Parameters
    ----------
    labels : tuple of Quantity
        Of spectra themselves, or of their targets.
    models : dict of str to tuple of Quantity
        Parameters that each model predicts, in its order.
    """

    labels: tuple[Quantity, ...]
    models: dict[str, tuple[Quantity, ...]]


def read_known_values(archive: Archive) -> KnownValues:
    """Return what is known of at least one spectrum of an archive."""
    with archive.catalogue.reading() as connection:
        labels = [
            Quantity(name, _unit(connection, name))
            for name in distinct(connection, LABEL.c.name)
            if _is_of_spectra(connection, name)
        ]
        models = {
            model: _parameters(connection, model)
            for model in distinct(connection, PREDICTION.c.model)
        }
    return KnownValues(tuple(labels), models)


def _unit(connection: Connection, name: str) -> str:
    return connection.scalar(select(LABEL.c.unit).where(LABEL.c.name == name).limit(1)) or ""


def _is_of_spectra(connection: Connection, name: str) -> bool:
    named = LABEL.c.name == name
    own = exists().where(named, LABEL.c.spectrum_id.is_not(None))
    of_star = exists().where(named, LABEL.c.target_id == SPECTRUM.c.target_id)
    return any(connection.scalar(select(each)) for each in (own, of_star))


def _parameters(connection: Connection, model: str) -> tuple[Quantity, ...]:
    """Return the parameters of a model, as in its first prediction."""
    first = select(PREDICTION.c.id).where(PREDICTION.c.model == model).limit(1).scalar_subquery()
    query = select(VALUE.c.parameter, VALUE.c.unit).where(VALUE.c.prediction_id == first)
    return tuple(
        Quantity(row.parameter, row.unit)
        for row in connection.execute(query.order_by(VALUE.c.position))
    )
