"""Embeddings: what models make of collections, and where the numbers of each spectrum are."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables."""
    op.create_table(
        "embedding_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("collection_id", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(length=80), nullable=False),
        sa.Column("model_hash", sa.String(length=64), nullable=False),
        sa.Column("n_latents", sa.Integer(), nullable=False),
        sa.Column("dtypes", sa.String(length=40), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        _reference("embedding_set", "collection_id", "collection"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_embedding_set")),
        sa.UniqueConstraint(
            "collection_id", "model", name=op.f("uq_embedding_set_collection_id_model")
        ),
    )
    op.create_table(
        "embedding",
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("spectrum_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Integer()),
        _reference("embedding", "set_id", "embedding_set"),
        _reference("embedding", "spectrum_id", "spectrum"),
        _reference("embedding", "run_id", "run", "SET NULL"),
        sa.PrimaryKeyConstraint("set_id", "spectrum_id", name=op.f("pk_embedding")),
        sa.UniqueConstraint("set_id", "position", name=op.f("uq_embedding_set_id_position")),
    )
    for column in ("spectrum_id", "run_id"):
        op.create_index(op.f(f"ix_embedding_{column}"), "embedding", [column])


def downgrade() -> None:
    """Drop the two tables."""
    for table in ("embedding", "embedding_set"):
        op.drop_table(table)


def _reference(
    table: str, column: str, other: str, ondelete: str = "CASCADE"
) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=ondelete)
