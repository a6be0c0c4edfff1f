"""Predictions: what each grid says, where a model is of several."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column, empty for what was kept before."""
    op.add_column("prediction", sa.Column("grids", sa.Text()))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("prediction", "grids")
