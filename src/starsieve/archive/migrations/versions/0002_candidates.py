"""Candidates, what is said of them, and files of stars."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_FLOATS = (
    *("period_days", "period_err_days", "epoch_btjd", "epoch_err_days", "duration_hours"),
    *("duration_err_hours", "depth_ppm", "depth_err_ppm", "radius_earth", "radius_err_earth"),
    "snr",
)


def upgrade() -> None:
    """Add a column to the stars, and four tables."""
    # An index, not a constraint: for that SQLite would copy the table, and dropping the old one
    # would drop everything that refers to its rows.
    op.add_column("target", sa.Column("kic", sa.BigInteger()))
    op.create_index(op.f("ix_target_kic"), "target", ["kic"], unique=True)
    _make_candidates()
    _make_scores()
    op.create_table(
        "product",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("uri", sa.String(length=400), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("sector", sa.Integer()),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        _reference("product", "target"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("uri", name=op.f("uq_product_uri")),
    )
    op.create_index(op.f("ix_product_target_id"), "product", ["target_id"])


def downgrade() -> None:
    """Drop the four tables and the column."""
    for table in ("product", "candidate_score", "disposition", "candidate"):
        op.drop_table(table)
    op.drop_index(op.f("ix_target_kic"), "target")
    op.drop_column("target", "kic")


def _make_candidates() -> None:
    op.create_table(
        "candidate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        *(sa.Column(name, sa.Float()) for name in _FLOATS),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("announced", sa.DateTime(timezone=True)),
        sa.Column("light_curve_id", sa.Integer()),
        sa.Column("run_id", sa.Integer()),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        _reference("candidate", "target"),
        _reference("candidate", "light_curve", "SET NULL"),
        _reference("candidate", "run", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate")),
        sa.UniqueConstraint("origin", "name", name=op.f("uq_candidate_origin_name")),
    )
    for column in ("target_id", "light_curve_id", "run_id"):
        op.create_index(op.f(f"ix_candidate_{column}"), "candidate", [column])
    op.create_table(
        "disposition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("candidate_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("date", sa.DateTime(timezone=True), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        _reference("disposition", "candidate"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposition")),
    )
    for column in ("candidate_id", "date"):
        op.create_index(op.f(f"ix_disposition_{column}"), "disposition", [column])


def _make_scores() -> None:
    op.create_table(
        "candidate_score",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("candidate_id", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(length=80), nullable=False),
        sa.Column("planet_probability", sa.Float()),
        sa.Column("class_probabilities", sa.Text(), nullable=False),
        sa.Column("spread", sa.Float()),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Integer()),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        _reference("candidate_score", "candidate"),
        _reference("candidate_score", "run", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate_score")),
        sa.UniqueConstraint(
            "candidate_id", "model", name=op.f("uq_candidate_score_candidate_id_model")
        ),
    )
    for column in ("model", "run_id"):
        op.create_index(op.f(f"ix_candidate_score_{column}"), "candidate_score", [column])


def _reference(table: str, other: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{other}_id_{other}")
    return sa.ForeignKeyConstraint([f"{other}_id"], [f"{other}.id"], name=name, ondelete=ondelete)
