"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "collection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("parent_id", sa.Integer()),
        sa.Column("recipe", sa.Text()),
        sa.Column("n_pixels", sa.Integer()),
        sa.Column("flux_unit", sa.String(length=120)),
        sa.Column("resolution", sa.Float()),
        sa.Column("meta", sa.Text()),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["collection.id"],
            name=op.f("fk_collection_parent_id_collection"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection")),
        sa.UniqueConstraint("name", name=op.f("uq_collection_name")),
    )
    op.create_index(op.f("ix_collection_parent_id"), "collection", ["parent_id"])

    op.create_table(
        "identity",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity")),
    )
    op.create_table(
        "model",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("card_hash", sa.String(length=64), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model")),
        sa.UniqueConstraint("name", name=op.f("uq_model_name")),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task", sa.String(length=120), nullable=False),
        sa.Column("recipe", sa.Text(), nullable=False),
        sa.Column("seed", sa.BigInteger()),
        sa.Column("versions", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("done", sa.BigInteger()),
        sa.Column("total", sa.BigInteger()),
        sa.Column("result", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True)),
        sa.Column("ended", sa.DateTime(timezone=True)),
        sa.Column("heartbeat", sa.DateTime(timezone=True)),
        sa.Column("host", sa.String(length=255)),
        sa.Column("pid", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    op.create_index(op.f("ix_run_status"), "run", ["status"])

    op.create_table(
        "source_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("collection", sa.String(length=80), nullable=False),
        sa.Column("sha256", sa.String(length=64)),
        sa.Column("size", sa.BigInteger()),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("layout", sa.String(length=120), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_file")),
        sa.UniqueConstraint("collection", "sha256", name=op.f("uq_source_file_collection_sha256")),
    )
    op.create_table(
        "target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("ra", sa.Float()),
        sa.Column("dec", sa.Float()),
        sa.Column("tic", sa.BigInteger()),
        sa.Column("gaia", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
        sa.UniqueConstraint("gaia", name=op.f("uq_target_gaia")),
        sa.UniqueConstraint("name", name=op.f("uq_target_name")),
        sa.UniqueConstraint("tic", name=op.f("uq_target_tic")),
    )
    op.create_index(op.f("ix_target_dec"), "target", ["dec"])

    op.create_table(
        "light_curve",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("collection_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("stop", sa.BigInteger(), nullable=False),
        sa.Column("dtypes", sa.String(length=40), nullable=False),
        sa.Column("object", sa.String(length=200), nullable=False),
        sa.Column("flux_unit", sa.String(length=120), nullable=False),
        sa.Column("meta", sa.Text()),
        sa.Column("target_id", sa.Integer()),
        sa.Column("source_id", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["collection.id"],
            name=op.f("fk_light_curve_collection_id_collection"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["source_file.id"],
            name=op.f("fk_light_curve_source_id_source_file"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["target_id"],
            ["target.id"],
            name=op.f("fk_light_curve_target_id_target"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_light_curve")),
        sa.UniqueConstraint(
            "collection_id", "start", name=op.f("uq_light_curve_collection_id_start")
        ),
    )
    op.create_index(op.f("ix_light_curve_object"), "light_curve", ["object"])
    op.create_index(op.f("ix_light_curve_source_id"), "light_curve", ["source_id"])
    op.create_index(op.f("ix_light_curve_target_id"), "light_curve", ["target_id"])

    op.create_table(
        "spectrum",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("collection_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("stop", sa.BigInteger(), nullable=False),
        sa.Column("dtypes", sa.String(length=40), nullable=False),
        sa.Column("object", sa.String(length=200), nullable=False),
        sa.Column("flux_unit", sa.String(length=120), nullable=False),
        sa.Column("medium", sa.String(length=20), nullable=False),
        sa.Column("frame", sa.String(length=20), nullable=False),
        sa.Column("resolution", sa.Float()),
        sa.Column("meta", sa.Text()),
        sa.Column("target_id", sa.Integer()),
        sa.Column("parent_id", sa.Integer()),
        sa.Column("source_id", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["collection.id"],
            name=op.f("fk_spectrum_collection_id_collection"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["spectrum.id"],
            name=op.f("fk_spectrum_parent_id_spectrum"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["source_file.id"],
            name=op.f("fk_spectrum_source_id_source_file"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["target_id"],
            ["target.id"],
            name=op.f("fk_spectrum_target_id_target"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spectrum")),
        sa.UniqueConstraint("collection_id", "start", name=op.f("uq_spectrum_collection_id_start")),
    )
    op.create_index(op.f("ix_spectrum_object"), "spectrum", ["object"])
    op.create_index(op.f("ix_spectrum_parent_id"), "spectrum", ["parent_id"])
    op.create_index(op.f("ix_spectrum_source_id"), "spectrum", ["source_id"])
    op.create_index(op.f("ix_spectrum_target_id"), "spectrum", ["target_id"])

    op.create_table(
        "label",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("spectrum_id", sa.Integer()),
        sa.Column("target_id", sa.Integer()),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("error", sa.Float()),
        sa.Column("unit", sa.String(length=120), nullable=False),
        sa.Column("origin", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "(spectrum_id IS NULL) <> (target_id IS NULL)", name=op.f("ck_label_one_owner")
        ),
        sa.ForeignKeyConstraint(
            ["spectrum_id"],
            ["spectrum.id"],
            name=op.f("fk_label_spectrum_id_spectrum"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["target.id"], name=op.f("fk_label_target_id_target"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label")),
        sa.UniqueConstraint(
            "spectrum_id", "name", "origin", name=op.f("uq_label_spectrum_id_name_origin")
        ),
        sa.UniqueConstraint(
            "target_id", "name", "origin", name=op.f("uq_label_target_id_name_origin")
        ),
    )
    op.create_index(op.f("ix_label_name"), "label", ["name"])

    op.create_table(
        "prediction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("spectrum_id", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(length=80), nullable=False),
        sa.Column("run_id", sa.Integer()),
        sa.Column("in_distribution", sa.Boolean()),
        sa.Column("ood_score", sa.Float()),
        sa.Column("chi2_reduced", sa.Float()),
        sa.Column("warnings", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_prediction_run_id_run"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["spectrum_id"],
            ["spectrum.id"],
            name=op.f("fk_prediction_spectrum_id_spectrum"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prediction")),
        sa.UniqueConstraint("spectrum_id", "model", name=op.f("uq_prediction_spectrum_id_model")),
    )
    op.create_index(op.f("ix_prediction_model"), "prediction", ["model"])
    op.create_index(op.f("ix_prediction_run_id"), "prediction", ["run_id"])

    op.create_table(
        "predicted_value",
        sa.Column("prediction_id", sa.Integer(), nullable=False),
        sa.Column("parameter", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=120), nullable=False),
        sa.Column("median", sa.Float()),
        sa.Column("mean", sa.Float()),
        sa.Column("std", sa.Float()),
        sa.Column("q025", sa.Float()),
        sa.Column("q16", sa.Float()),
        sa.Column("q84", sa.Float()),
        sa.Column("q975", sa.Float()),
        sa.ForeignKeyConstraint(
            ["prediction_id"],
            ["prediction.id"],
            name=op.f("fk_predicted_value_prediction_id_prediction"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("prediction_id", "parameter", name=op.f("pk_predicted_value")),
    )


def downgrade() -> None:
    """Drop all tables."""
    for table in (
        "predicted_value",
        "prediction",
        "label",
        "spectrum",
        "light_curve",
        "target",
        "source_file",
        "run",
        "model",
        "identity",
        "collection",
    ):
        op.drop_table(table)
