"""Tables of the database. A change needs a migration in `migrations/versions`.

`contributions`  one row each, for good; a withdrawn one has only its id, state and withdrawal
`withdrawals`    one row each: when, how many
`consents`       the texts that people agreed to
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    Uuid,
)

from lenet.server.collect.types import DIGEST, MAX_TEXT

REVISION = "0001"
"""The last migration, which makes the tables below."""

VERSION_TABLE = "lenet_schema"
"""Table with the revision of the database; its name leaves Alembic's own to other programs."""

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

_NUMBER = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows of this type alone

metadata = MetaData(naming_convention=_NAMES)

consents = Table(
    "consents",
    metadata,
    Column("digest", String(2 * DIGEST), primary_key=True),
    Column("text", Text, nullable=False),
    Column("since", Integer, nullable=False),  # hour
)

withdrawals = Table(
    "withdrawals",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("hour", Integer, nullable=False),
    Column("count", Integer, nullable=False),
)

contributions = Table(
    "contributions",
    metadata,
    Column("number", _NUMBER, primary_key=True),  # order of arrival
    Column("id", Uuid, nullable=False, unique=True),
    Column("state", String(9), nullable=False),
    Column("withdrawal", ForeignKey(withdrawals.c.number)),
    # The columns below are null in a withdrawn row.
    Column("content", LargeBinary(DIGEST)),  # digest of what was sent, to know it again
    Column("key_digest", LargeBinary(DIGEST)),
    Column("label", String(1)),
    Column("strokes", Text),  # JSON
    Column("browser_letter", String(MAX_TEXT)),
    Column("browser_verdict", String(MAX_TEXT)),
    Column("model_digest", String(MAX_TEXT)),
    Column("page_version", String(MAX_TEXT)),
    Column("consent_digest", String(2 * DIGEST)),
    Column("server_letter", String(MAX_TEXT)),
    Column("server_verdict", String(MAX_TEXT)),
    Column("agrees", Boolean),
    Column("hour", Integer),
    CheckConstraint("state IN ('new', 'accepted', 'rejected', 'withdrawn')", "state"),
    CheckConstraint("(state = 'withdrawn') = (withdrawal IS NOT NULL)", "withdrawn"),
    CheckConstraint("(state = 'withdrawn') = (strokes IS NULL)", "emptied"),
    Index(None, "key_digest"),
    Index(None, "label", "state"),
    Index(None, "state", "number"),
)

KEPT = ("number", "id", "state", "withdrawal")
"""Columns of a contribution that a withdrawal does not empty."""
