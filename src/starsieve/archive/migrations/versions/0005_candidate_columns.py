"""Candidates: what was kept as JSON and is now sorted by, and what is said of them now."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NUMBERS = (
    *("insolation_earth", "insolation_err_earth", "teq_k", "teq_err_k"),
    *("tmag", "teff", "logg", "mh", "radius", "mass", "distance_pc"),
)
FITTED = NUMBERS[:4]
WORDS = ("disposition", "verdict")
LISTS = ("Autovetter", "NASA Exoplanet Archive", "TFOPWG")
ROWS_AT_A_TIME = 1000

candidate = sa.table(
    "candidate",
    sa.column("id", sa.Integer),
    sa.column("other", sa.Text),
    *(sa.column(name, sa.Float) for name in NUMBERS),
    *(sa.column(name, sa.String) for name in WORDS),
)
disposition = sa.table(
    "disposition",
    *(sa.column(name) for name in ("id", "candidate_id", "value", "who", "date")),
)


def upgrade() -> None:
    """Add columns in place, fill them, and index what lists are sorted and counted by."""
    for name in NUMBERS:
        op.add_column("candidate", sa.Column(name, sa.Float()))
    for name in WORDS:
        op.add_column("candidate", sa.Column(name, sa.String(length=40)))
    _rewrite(_taken_out)
    _fill_words()
    op.create_index(
        op.f("ix_candidate_origin_disposition_verdict"), "candidate", ["origin", *WORDS]
    )
    op.create_index(
        op.f("ix_candidate_score_candidate_id_created_id_planet_probability"),
        "candidate_score",
        ["candidate_id", "created", "id", "planet_probability"],
    )


def downgrade() -> None:
    """Put the numbers back into the JSON, and drop the columns."""
    op.drop_index(
        op.f("ix_candidate_score_candidate_id_created_id_planet_probability"), "candidate_score"
    )
    op.drop_index(op.f("ix_candidate_origin_disposition_verdict"), "candidate")
    _rewrite(_put_back)
    for name in (*NUMBERS, *WORDS):
        op.drop_column("candidate", name)


def _rewrite(change: Any) -> None:
    connection = op.get_bind()
    last = -1
    while True:
        query = sa.select(candidate).where(candidate.c.id > last).order_by(candidate.c.id)
        rows = connection.execute(query.limit(ROWS_AT_A_TIME)).all()
        if not rows:
            return
        last = rows[-1].id
        changes = [values for row in rows if (values := change(row._mapping))]
        if changes:
            names = sorted(set(changes[0]) - {"key"})
            statement = sa.update(candidate).where(candidate.c.id == sa.bindparam("key"))
            connection.execute(
                statement.values({name: sa.bindparam(f"new_{name}") for name in names}),
                [{"key": c["key"], **{f"new_{name}": c[name] for name in names}} for c in changes],
            )


def _taken_out(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row's numbers out of what its list said, or out of what was fitted to it."""
    other = json.loads(row["other"])
    found = {name: _number(other.pop(name, None)) for name in NUMBERS}
    fit = other.get("fit")
    if isinstance(fit, dict):
        found |= {name: _number(fit.get(name)) for name in FITTED if found[name] is None}
    if all(value is None for value in found.values()):
        return {}
    return {"key": row["id"], "other": json.dumps(other), **found}


def _put_back(row: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: row[name] for name in NUMBERS if row[name] is not None}
    if not known:
        return {}
    other = json.loads(row["other"])
    if isinstance(other.get("fit"), dict):  # it has its own
        known = {name: value for name, value in known.items() if name not in FITTED}
    return {"key": row["id"], "other": json.dumps(known | other)}


def _number(value: Any) -> float | None:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and value == value
    return float(value) if usable else None


def _fill_words() -> None:
    """Set what was last said of each candidate: by a list, and by people."""
    connection = op.get_bind()
    query = sa.select(disposition).order_by(disposition.c.date, disposition.c.id)
    said: dict[str, dict[int, str]] = {name: {} for name in WORDS}
    for row in connection.execute(query):
        said["disposition" if row.who in LISTS else "verdict"][row.candidate_id] = row.value
    for name, values in said.items():
        _set(connection, name, values.items())


def _set(connection: sa.Connection, name: str, values: Iterable[tuple[int, str]]) -> None:
    changes = [{"key": number, "new": value} for number, value in values]
    if changes:
        statement = sa.update(candidate).where(candidate.c.id == sa.bindparam("key"))
        connection.execute(statement.values({name: sa.bindparam("new")}), changes)
