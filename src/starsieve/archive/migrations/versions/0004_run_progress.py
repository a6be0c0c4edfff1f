"""Runs: who asked for one, at which part of its work it is, and since when."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add four columns, in place: a new table would cut what refers to the old one."""
    op.add_column("run", sa.Column("who", sa.String(length=80)))
    op.add_column("run", sa.Column("what", sa.String(length=200)))
    op.add_column("run", sa.Column("since", sa.DateTime(timezone=True)))
    op.add_column("run", sa.Column("since_done", sa.BigInteger()))


def downgrade() -> None:
    """Drop the four columns."""
    for name in ("who", "what", "since", "since_done"):
        op.drop_column("run", name)
