"""Who may do what: roles, permissions and the one rule that joins them with a repository.

Roles grant permissions; a credential (an API key) may carry fewer than its user has. A private
repository exists for its owner and for admins only.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID


class Permission(StrEnum):
    REPOSITORY_READ = "repository:read"
    REPOSITORY_ANALYZE = "repository:analyze"
    INSIGHTS_READ = "insights:read"
    INSIGHTS_EXPORT = "insights:export"
    ADMIN_USERS = "admin:users"
    ADMIN_SYSTEM = "admin:system"


class Role(StrEnum):
    GUEST = "guest"
    USER = "user"
    PREMIUM = "premium"
    ADMIN = "admin"


class Tier(StrEnum):
    FREE = "free"
    PREMIUM = "premium"


class Visibility(StrEnum):
    PUBLIC = "public"
    PRIVATE = "private"


class ExportForm(StrEnum):
    JSON = "json"
    CSV = "csv"
    SARIF = "sarif"
    PARQUET = "parquet"


PREMIUM_FORMS = frozenset({ExportForm.PARQUET})
_READ = frozenset({Permission.REPOSITORY_READ, Permission.INSIGHTS_READ})
_WORK = _READ | {Permission.REPOSITORY_ANALYZE, Permission.INSIGHTS_EXPORT}
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.GUEST: _READ,
    Role.USER: _WORK,
    Role.PREMIUM: _WORK,
    Role.ADMIN: frozenset(Permission),
}


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks: a user, or a guest without an id, with the permissions of this credential.

    A browser session has a ``session_id``; a program's API key, and an access token that came from one,
    a ``key_id`` and that key's ``rate_limit``, requests an hour, None for the role's. The operator at the
    command line of the machine is an admin without a user id.
    """

    role: Role = Role.GUEST
    user_id: UUID | None = None
    name: str = "guest"
    permissions: frozenset[Permission] = field(default=GRANTS[Role.GUEST])
    session_id: UUID | None = None
    key_id: UUID | None = None
    is_token: bool = False
    rate_limit: int | None = None

    @classmethod
    def of_role(cls, role: Role, user_id: UUID | None = None, name: str = "") -> Viewer:
        """A viewer with all that the role grants."""
        return cls(role, user_id, name or role.value, GRANTS[role])

    @property
    def is_session(self) -> bool:
        """Whether a person asks from a browser, not a program with a credential of its own."""
        return self.session_id is not None

    def limited_to(self, scopes: frozenset[Permission]) -> Viewer:
        """The same user with a credential that carries only these scopes."""
        return replace(self, permissions=self.permissions & scopes)


GUEST = Viewer()
OPERATOR = Viewer.of_role(Role.ADMIN, name="operator")


def allows(viewer: Viewer, permission: Permission) -> bool:
    """Whether this credential carries the permission."""
    return permission in viewer.permissions


def may_export(viewer: Viewer, form: ExportForm) -> bool:
    """Whether this credential may take results away in this form."""
    is_premium = viewer.role in {Role.PREMIUM, Role.ADMIN}
    return allows(viewer, Permission.INSIGHTS_EXPORT) and (is_premium or form not in PREMIUM_FORMS)


def role_with_tier(role: Role, tier: Tier) -> Role:
    """The role of a user whose subscription becomes this tier: premium follows from it, an admin stays one."""
    if role is Role.ADMIN:
        return role
    return Role.PREMIUM if tier is Tier.PREMIUM else Role.USER
