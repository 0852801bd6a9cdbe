"""Create contributions, withdrawals and consents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "consents",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("since", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_consents")),
    )
    op.create_table(
        "withdrawals",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("hour", sa.Integer, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_withdrawals")),
    )
    op.create_table(
        "contributions",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("state", sa.String(9), nullable=False),
        sa.Column("withdrawal", _NUMBER),
        sa.Column("content", sa.LargeBinary(32)),
        sa.Column("key_digest", sa.LargeBinary(32)),
        sa.Column("label", sa.String(1)),
        sa.Column("strokes", sa.Text),
        sa.Column("browser_letter", sa.String(64)),
        sa.Column("browser_verdict", sa.String(64)),
        sa.Column("model_digest", sa.String(64)),
        sa.Column("page_version", sa.String(64)),
        sa.Column("consent_digest", sa.String(64)),
        sa.Column("server_letter", sa.String(64)),
        sa.Column("server_verdict", sa.String(64)),
        sa.Column("agrees", sa.Boolean),
        sa.Column("hour", sa.Integer),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_contributions")),
        sa.UniqueConstraint("id", name=op.f("uq_contributions_id")),
        sa.ForeignKeyConstraint(
            ["withdrawal"], ["withdrawals.number"], name=op.f("fk_contributions_withdrawal")
        ),
        sa.CheckConstraint(
            "state IN ('new', 'accepted', 'rejected', 'withdrawn')", name=op.f("ck_contributions_state")
        ),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawal IS NOT NULL)", name=op.f("ck_contributions_withdrawn")
        ),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (strokes IS NULL)", name=op.f("ck_contributions_emptied")
        ),
    )
    for columns in (["key_digest"], ["label", "state"], ["state", "number"]):
        op.create_index(op.f(f"ix_contributions_{'_'.join(columns)}"), "contributions", columns)
