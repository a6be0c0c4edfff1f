"""Lists of spectra: names of files, and indices from which columns of numbers are read."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INDICES = (
    ("source_file", ("name",)),
    ("label", ("name", "value", "spectrum_id", "target_id")),
    ("prediction", ("model", "in_distribution", "spectrum_id")),
    ("predicted_value", ("parameter", "median", "prediction_id")),
)
REPLACED = (("label", "name"), ("prediction", "model"))
"""Indices of one column that others begin with."""


def upgrade() -> None:
    """Add and fill a column, and index what lists need."""
    op.add_column("source_file", sa.Column("name", sa.Text(), nullable=False, server_default=""))
    # What is left of a path without all letters at its end that are no slash is its folder.
    folder = "rtrim(path, replace(path, '/', ''))"
    op.execute(f"UPDATE source_file SET name = substr(path, length({folder}) + 1)")
    for table, columns in INDICES:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))
    for table, column in REPLACED:
        op.drop_index(op.f(f"ix_{table}_{column}"), table)


def downgrade() -> None:
    """Drop the column, and index as before."""
    for table, column in REPLACED:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    for table, columns in reversed(INDICES):
        op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table)
    op.drop_column("source_file", "name")
