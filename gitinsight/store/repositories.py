"""Repositories and who follows them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    Text,
    and_,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from gitinsight.domain import clock
from gitinsight.domain.access import Role, Viewer, Visibility
from gitinsight.domain.lifecycle import AnalysisStatus
from gitinsight.domain.schedules import Schedule
from gitinsight.store.base import Base, Identified, word
from gitinsight.store.people import User

LONGEST_NAME = 200
LONGEST_FULL_NAME = 400
LONGEST_ADDRESS = 2048


class Repository(Identified, Base):
    """A repository that somebody added; ``added_by_operator`` allows a local path for good."""

    __tablename__ = "repositories"
    __table_args__ = (
        Index("ix_repositories_clone_url", "clone_url"),
        Index("ix_repositories_full_name_id", "full_name", "id"),
        Index("ix_repositories_created_at_id", "created_at", "id"),
        Index("ix_repositories_next_analysis_at", "next_analysis_at"),
    )

    github_id: Mapped[int | None] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    full_name: Mapped[str] = mapped_column(String(LONGEST_FULL_NAME))
    description: Mapped[str] = mapped_column(Text, default="")
    url: Mapped[str] = mapped_column(String(LONGEST_ADDRESS), default="")
    clone_url: Mapped[str] = mapped_column(String(LONGEST_ADDRESS))
    branch: Mapped[str] = mapped_column(String(500), default="")
    language: Mapped[str | None] = mapped_column(String(100))
    stars: Mapped[int | None]
    forks: Mapped[int | None]
    watchers: Mapped[int | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)
    last_analyzed: Mapped[datetime | None]
    head: Mapped[str | None] = mapped_column(String(64))
    commit_count: Mapped[int | None]
    analysis_status: Mapped[AnalysisStatus] = mapped_column(
        word(AnalysisStatus), default=AnalysisStatus.NEVER
    )
    visibility: Mapped[Visibility] = mapped_column(word(Visibility), default=Visibility.PUBLIC)
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    added_by_operator: Mapped[bool] = mapped_column(default=False)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    schedule: Mapped[Schedule] = mapped_column(
        word(Schedule), default=Schedule.OFF, server_default=Schedule.OFF.value
    )
    next_analysis_at: Mapped[datetime | None]


class Follow(Base):
    __tablename__ = "user_repository_follows"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    repository_id: Mapped[UUID] = mapped_column(
        ForeignKey("repositories.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


@dataclass(frozen=True, slots=True)
class RepositoryQuery:
    """What a list asks for; ``after`` is the (sorted value, id) of the last row already seen.

    ``sort`` is one of ``SORTS``, with a minus in front for the greatest first; rows without the value come
    last either way. ``owner_id`` and ``follower_id`` keep to what one user owns or follows.
    """

    text: str = ""
    language: str = ""
    status: str = ""
    after: tuple[Any, UUID] | None = None
    limit: int = 50
    sort: str = "full_name"
    visibility: str = ""
    owner_id: UUID | None = None
    follower_id: UUID | None = None


SORTS: Mapping[str, InstrumentedAttribute[Any]] = {
    name: getattr(Repository, name)
    for name in ("full_name", "created_at", "updated_at", "last_analyzed", "stars", "commit_count")
}
"""The columns that a list may be sorted by, by the names that callers use."""


def visible(viewer: Viewer) -> Select[Repository]:
    """The repositories that exist for this viewer."""
    statement = select(Repository)
    if viewer.role is Role.ADMIN:
        return statement
    rule = Repository.visibility == Visibility.PUBLIC
    if viewer.user_id is not None:
        rule = or_(rule, Repository.owner_id == viewer.user_id)
    return statement.where(rule)


def page(session: Session, viewer: Viewer, query: RepositoryQuery) -> Sequence[Repository]:
    """One page of repositories in the order asked for, one more than asked for where there are more."""
    return session.scalars(_paged(visible(viewer), query)).all()


def page_with_owners(
    session: Session, viewer: Viewer, query: RepositoryQuery
) -> Sequence[tuple[Repository, User | None]]:
    """As ``page``, each with the user who added it, None for the operator and for one who is gone."""
    found = session.execute(_with_owner(_paged(visible(viewer), query)))
    return [(row[0], row[1]) for row in found]


def _with_owner(statement: Select[Repository]) -> Select[Repository, User]:
    return statement.outerjoin(User, User.id == Repository.owner_id).add_columns(User)


def _paged(statement: Select[Repository], query: RepositoryQuery) -> Select[Repository]:
    column, is_falling = SORTS[query.sort.removeprefix("-")], query.sort.startswith("-")
    statement = _filtered(statement, query)
    if query.after:
        statement = statement.where(_behind(column, is_falling, *query.after))
    order = (column.desc() if is_falling else column).nulls_last()
    return statement.order_by(order, Repository.id).limit(query.limit + 1)


def _filtered(statement: Select[Repository], query: RepositoryQuery) -> Select[Repository]:
    if query.text:
        statement = statement.where(_holds(Repository.full_name, query.text))
    if query.language:
        statement = statement.where(Repository.language == query.language)
    if query.status:
        statement = statement.where(Repository.analysis_status == AnalysisStatus(query.status))
    if query.visibility:
        statement = statement.where(Repository.visibility == Visibility(query.visibility))
    if query.owner_id:
        statement = statement.where(Repository.owner_id == query.owner_id)
    if query.follower_id:
        followed = select(Follow.repository_id).where(Follow.user_id == query.follower_id)
        statement = statement.where(Repository.id.in_(followed))
    return statement


def _behind(
    column: InstrumentedAttribute[Any], is_falling: bool, value: Any, last: UUID
) -> ColumnElement[bool]:
    """Whether a row comes after the one with this value and id; rows without a value stand at the end."""
    if value is None:
        return and_(column.is_(None), Repository.id > last)
    further = column < value if is_falling else column > value
    return or_(further, and_(column == value, Repository.id > last), column.is_(None))


def by_id(session: Session, viewer: Viewer, repository_id: UUID) -> Repository | None:
    return session.scalar(visible(viewer).where(Repository.id == repository_id))


def by_id_with_owner(
    session: Session, viewer: Viewer, repository_id: UUID
) -> tuple[Repository, User | None] | None:
    found = session.execute(_with_owner(visible(viewer).where(Repository.id == repository_id))).first()
    return (found[0], found[1]) if found else None


def by_name(session: Session, viewer: Viewer, name: str) -> Sequence[Repository]:
    """The repositories of this full name, or where there are none of this last part of it, oldest first."""
    for column in (Repository.full_name, Repository.name):
        rows = session.scalars(visible(viewer).where(column == name).order_by(Repository.created_at)).all()
        if rows:
            return rows
    return ()


def by_clone_url(
    session: Session, viewer: Viewer, clone_url: str, branch: str, visibility: Visibility
) -> Sequence[Repository]:
    """The public repositories of this address and branch, or the viewer's own private ones, oldest first."""
    statement = visible(viewer).where(
        Repository.clone_url == clone_url, Repository.branch == branch, Repository.visibility == visibility
    )
    if visibility is Visibility.PRIVATE:
        statement = statement.where(Repository.owner_id == viewer.user_id)
    return session.scalars(statement.order_by(Repository.created_at)).all()


def follows(session: Session, user_id: UUID, repository_id: UUID) -> bool:
    return session.get(Follow, (user_id, repository_id)) is not None


def private_count(session: Session, owner_id: UUID | None) -> int:
    """How many private repositories this user owns."""
    statement = select(func.count()).select_from(Repository)
    owned = statement.where(Repository.owner_id == owner_id, Repository.visibility == Visibility.PRIVATE)
    return session.scalar(owned) or 0


def search(session: Session, viewer: Viewer, words: str, limit: int) -> Sequence[Repository]:
    """The repositories whose name or description holds the text, those named so first."""
    is_named = _holds(Repository.full_name, words)
    statement = visible(viewer).where(or_(is_named, _holds(Repository.description, words)))
    order = (case((is_named, 0), else_=1), Repository.full_name, Repository.id)
    return session.scalars(statement.order_by(*order).limit(limit)).all()


def _holds(column: InstrumentedAttribute[str], words: str) -> ColumnElement[bool]:
    """Whether a column holds the text somewhere, in letters of either case."""
    pattern = words.lower().replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return func.lower(column).like(f"%{pattern}%", escape="\\")


def due(session: Session, at: datetime, most: int) -> Sequence[Repository]:
    """The repositories whose schedule wants an analysis by now, the longest due first."""
    statement = select(Repository).where(Repository.next_analysis_at <= at)
    return session.scalars(statement.order_by(Repository.next_analysis_at).limit(most)).all()


def claim_run(session: Session, repository_id: UUID, due_at: datetime, following: datetime | None) -> bool:
    """Move the next analysis on from this moment; whether this call did it."""
    claimed = session.execute(
        update(Repository)
        .where(Repository.id == repository_id, Repository.next_analysis_at == due_at)
        .values(next_analysis_at=following)
        .returning(Repository.id)
    )
    return claimed.scalar() is not None


def counts(session: Session) -> dict[AnalysisStatus, int]:
    """How many repositories have each status; those that none has are left out."""
    found = session.execute(
        select(Repository.analysis_status, func.count()).group_by(Repository.analysis_status)
    )
    return {each[0]: each[1] for each in found}


def names(session: Session, repository_ids: Collection[UUID]) -> dict[UUID, str]:
    """The full names of these repositories."""
    found = session.execute(
        select(Repository.id, Repository.full_name).where(Repository.id.in_(repository_ids))
    )
    return {each[0]: each[1] for each in found}
