"""The catalogue's tables. Nothing outside of this package imports them.

Change a table here and add a migration in ``migrations/versions`` that does the same; a test
compares the two.
"""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

VERSION = "0008"
"""Revision of the newest migration: what an archive must be at to be opened."""


class Json(TypeDecorator[Any]):
    """JSON as text, so that every database gives back what it was given, NaN included."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return None if value is None else json.loads(value)


class Utc(TypeDecorator[datetime]):
    """A time in UTC; SQLite, which knows no zones, is told which one it is."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _key(target: str, ondelete: str = "CASCADE") -> ForeignKey:
    return ForeignKey(f"{target}.id", ondelete=ondelete)


identity = Table(
    "identity",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("created", Utc, nullable=False),
)
"""One row: which archive folder this catalogue belongs to."""

collection = Table(
    "collection",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("parent_id", Integer, _key("collection", "RESTRICT"), index=True),
    Column("recipe", Json),
    Column("n_pixels", Integer),
    Column("flux_unit", String(120)),
    Column("resolution", Float),
    Column("meta", Json),
    Column("created", Utc, nullable=False),
)
"""Kind is one of `records.Kind`; n_pixels, flux_unit, resolution and meta are a grid's."""

source_file = Table(
    "source_file",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("collection", String(80), nullable=False),
    Column("sha256", String(64)),
    Column("size", BigInteger),
    Column("path", Text, nullable=False),
    Column("name", Text, nullable=False, server_default="", index=True),
    Column("layout", String(120), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("reason", Text),
    Column("created", Utc, nullable=False),
    UniqueConstraint("collection", "sha256"),
)
"""Every file that was offered to a collection. It holds the collection's name, because a file may
be refused before the collection has anything in it. The file's own name is the end of its path."""

target = Table(
    "target",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("ra", Float),
    Column("dec", Float, index=True),
    Column("tic", BigInteger, unique=True),
    Column("gaia", BigInteger, unique=True),
    Column("kic", BigInteger, index=True, unique=True),
)

spectrum = Table(
    "spectrum",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("collection_id", Integer, _key("collection"), nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("stop", BigInteger, nullable=False),
    Column("dtypes", String(40), nullable=False),
    Column("object", String(200), nullable=False, index=True),
    Column("flux_unit", String(120), nullable=False),
    Column("medium", String(20), nullable=False),
    Column("frame", String(20), nullable=False),
    Column("resolution", Float),
    Column("meta", Json),
    Column("target_id", Integer, _key("target", "SET NULL"), index=True),
    Column("parent_id", Integer, _key("spectrum", "SET NULL"), index=True),
    Column("source_id", Integer, _key("source_file", "SET NULL"), index=True),
    UniqueConstraint("collection_id", "start"),
)
"""Pixels of a spectrum: from start to stop along the first axis of its collection's arrays."""

light_curve = Table(
    "light_curve",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("collection_id", Integer, _key("collection"), nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("stop", BigInteger, nullable=False),
    Column("dtypes", String(40), nullable=False),
    Column("object", String(200), nullable=False, index=True),
    Column("flux_unit", String(120), nullable=False),
    Column("meta", Json),
    Column("target_id", Integer, _key("target", "SET NULL"), index=True),
    Column("source_id", Integer, _key("source_file", "SET NULL"), index=True),
    UniqueConstraint("collection_id", "start"),
)

label = Table(
    "label",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("spectrum_id", Integer, _key("spectrum")),
    Column("target_id", Integer, _key("target")),
    Column("name", String(80), nullable=False),
    Column("value", Float, nullable=False),
    Column("error", Float),
    Column("unit", String(120), nullable=False),
    Column("origin", String(120), nullable=False),
    UniqueConstraint("spectrum_id", "name", "origin"),
    UniqueConstraint("target_id", "name", "origin"),
    Index(None, "name", "value", "spectrum_id", "target_id"),
    CheckConstraint("(spectrum_id IS NULL) <> (target_id IS NULL)", name="one_owner"),
)

model = Table(
    "model",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("card_hash", String(64), nullable=False),
    Column("created", Utc, nullable=False),
)

run = Table(
    "run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("task", String(120), nullable=False),
    Column("recipe", Json, nullable=False),
    Column("seed", BigInteger),
    Column("versions", Json, nullable=False),
    Column("status", String(20), nullable=False, index=True),
    Column("done", BigInteger),
    Column("total", BigInteger),
    Column("result", Json),
    Column("error", Text),
    Column("created", Utc, nullable=False),
    Column("started", Utc),
    Column("ended", Utc),
    Column("heartbeat", Utc),
    Column("host", String(255)),
    Column("pid", Integer),
    Column("who", String(80)),
    Column("what", String(200)),
    Column("since", Utc),
    Column("since_done", BigInteger),
)

prediction = Table(
    "prediction",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("spectrum_id", Integer, _key("spectrum"), nullable=False),
    Column("model", String(80), nullable=False),
    Column("run_id", Integer, _key("run", "SET NULL"), index=True),
    Column("in_distribution", Boolean),
    Column("ood_score", Float),
    Column("chi2_reduced", Float),
    Column("warnings", Json, nullable=False),
    Column("created", Utc, nullable=False),
    Column("grids", Json),
    UniqueConstraint("spectrum_id", "model"),
    Index(None, "model", "in_distribution", "spectrum_id"),
)
"""The model is named, not referred to: one that ships with the package is in no archive."""

predicted_value = Table(
    "predicted_value",
    metadata,
    Column("prediction_id", Integer, _key("prediction"), primary_key=True),
    Column("parameter", String(80), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("unit", String(120), nullable=False),
    Column("median", Float),
    Column("mean", Float),
    Column("std", Float),
    Column("q025", Float),
    Column("q16", Float),
    Column("q84", Float),
    Column("q975", Float),
    Index(None, "parameter", "median", "prediction_id"),
)

embedding_set = Table(
    "embedding_set",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("collection_id", Integer, _key("collection"), nullable=False),
    Column("model", String(80), nullable=False),
    Column("model_hash", String(64), nullable=False),
    Column("n_latents", Integer, nullable=False),
    Column("dtypes", String(40), nullable=False),
    Column("columns", Json, nullable=False),
    Column("created", Utc, nullable=False),
    UniqueConstraint("collection_id", "model"),
)
"""What one training of a model made of one collection; the numbers are in arrays of its own."""

embedding = Table(
    "embedding",
    metadata,
    Column("set_id", Integer, _key("embedding_set"), primary_key=True),
    Column("spectrum_id", Integer, _key("spectrum"), primary_key=True, index=True),
    Column("position", BigInteger, nullable=False),
    Column("run_id", Integer, _key("run", "SET NULL"), index=True),
    UniqueConstraint("set_id", "position"),
)
"""Latents of a spectrum: at a position along the first axis of its set's arrays."""

candidate = Table(
    "candidate",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("target_id", Integer, _key("target"), nullable=False, index=True),
    Column("origin", String(40), nullable=False),
    Column("name", String(120), nullable=False),
    Column("period_days", Float),
    Column("period_err_days", Float),
    Column("epoch_btjd", Float),
    Column("epoch_err_days", Float),
    Column("duration_hours", Float),
    Column("duration_err_hours", Float),
    Column("depth_ppm", Float),
    Column("depth_err_ppm", Float),
    Column("radius_earth", Float),
    Column("radius_err_earth", Float),
    Column("snr", Float),
    Column("insolation_earth", Float),
    Column("insolation_err_earth", Float),
    Column("teq_k", Float),
    Column("teq_err_k", Float),
    Column("tmag", Float),
    Column("teff", Float),
    Column("logg", Float),
    Column("mh", Float),
    Column("radius", Float),
    Column("mass", Float),
    Column("distance_pc", Float),
    Column("disposition", String(40)),
    Column("verdict", String(40)),
    Column("other", Json, nullable=False),
    Column("announced", Utc),
    Column("light_curve_id", Integer, _key("light_curve", "SET NULL"), index=True),
    Column("run_id", Integer, _key("run", "SET NULL"), index=True),
    Column("created", Utc, nullable=False),
    Column("changed", Utc, nullable=False),
    UniqueConstraint("origin", "name"),
    Index(None, "origin", "disposition", "verdict"),
)
"""Origin says whose list it is on (TOI, CTOI, KOI, TCE, planets) or that a search found it; from
tmag on the numbers are of its star. What was last said of it stands here, too: by a list
(disposition) and by people (verdict)."""

disposition = Table(
    "disposition",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("candidate_id", Integer, _key("candidate"), nullable=False, index=True),
    Column("value", String(40), nullable=False),
    Column("who", String(80), nullable=False),
    Column("date", Utc, nullable=False, index=True),
    Column("comment", Text, nullable=False),
)
"""What was said of a candidate, and when. Rows are only ever added."""

candidate_score = Table(
    "candidate_score",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("candidate_id", Integer, _key("candidate"), nullable=False),
    Column("model", String(80), nullable=False, index=True),
    Column("planet_probability", Float),
    Column("class_probabilities", Json, nullable=False),
    Column("spread", Float),
    Column("reasons", Json, nullable=False),
    Column("run_id", Integer, _key("run", "SET NULL"), index=True),
    Column("created", Utc, nullable=False),
    UniqueConstraint("candidate_id", "model"),
    Index(None, "candidate_id", "created", "id", "planet_probability"),
)
"""The model is named, not referred to, as in `prediction`."""

product = Table(
    "product",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("target_id", Integer, _key("target"), nullable=False, index=True),
    Column("uri", String(400), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("sector", Integer),
    Column("created", Utc, nullable=False),
)
"""Files that a remote archive has of a star; no sector where there are several."""

study = Table(
    "study",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("task", String(120), nullable=False),
    Column("recipe", Json, nullable=False),
    Column("created", Utc, nullable=False),
)
"""A search for the best options of a recipe; the recipe says what is searched, and how."""

study_entry = Table(
    "study_entry",
    metadata,
    Column("study_id", Integer, _key("study"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("entry", Json, nullable=False),
)
"""All that happened in a study, in its order: what `optuna` keeps its trials by."""
