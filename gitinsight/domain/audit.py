"""What the audit log speaks of: every action that is written, with what it means."""

from __future__ import annotations

from collections.abc import Mapping

ACTIONS: Mapping[str, str] = {
    "access.refused": "a credential or a form was refused, or its user may not do this; at most one row a "
    "minute for the same refusal",
    "analysis.cancelled": "somebody cancelled an analysis",
    "analysis.failed": "an analysis came to nothing",
    "analysis.finished": "an analysis came to its end",
    "analysis.requested": "somebody, or a schedule, asked for an analysis",
    "api_key.changed": "an admin changed the limit of an API key",
    "api_key.issued": "an API key was made",
    "api_key.revoked": "an API key was ended",
    "api_key.rotated": "an API key got a successor",
    "audit.accepted": "an operator vouched for the rows so far, and the chain begins anew",
    "audit.month_dropped": "the rows of a month were dropped, as the settings say",
    "identity.linked": "an account at an identity provider was joined with a user",
    "keys.rotated": "an operator took new keys into use",
    "login_link.issued": "an operator made a link that signs a user in once",
    "rankings.rebuilt": "an operator had all events counted anew",
    "repository.added": "a repository was added",
    "repository.changed": "settings of a repository were changed",
    "repository.followed": "a user follows a repository",
    "repository.removed": "a repository was removed with its data",
    "repository.schedule_reduced": "the account may no longer have the schedule, so it became a rarer one",
    "repository.unfollowed": "a user no longer follows a repository",
    "results.exported": "results were taken away as a file",
    "session.all_ended": "a user signed out everywhere",
    "session.ended": "a browser session was ended",
    "session.opened": "somebody signed in",
    "session.refused": "somebody was not let in",
    "token.issued": "a credential was exchanged for tokens",
    "token.refreshed": "a refresh token was exchanged for the next pair of tokens",
    "token.reuse_detected": "a refresh token came a second time, so its family ended",
    "token.revoked": "a family of tokens was ended",
    "user.changed": "an admin changed a user's role or subscription, shut him out or let him in again",
    "user.created": "a user was made",
}
"""Action to meaning. A change that has no word here is refused by a test; a word that was used once stays."""


def actions_like(text: str) -> list[str]:
    """The action that is called so, and all known ones that begin so."""
    return [text, *(action for action in ACTIONS if action.startswith(text) and action != text)]
