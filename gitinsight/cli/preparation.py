"""What ``gitinsight up`` does before it can start the rest: the database, the admin, the first analysis.

Run as ``python -m gitinsight.cli.preparation [REPOSITORY]`` in a process of its own, so that the
supervisor, which lives as long as the installation, never loads the application. The last line on
standard output is a ``Prepared`` as JSON.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from gitinsight.errors import GitInsightError


@dataclass(frozen=True, slots=True)
class Prepared:
    """The secret of the admin's login link, why the repository is not analysed, why nothing can start."""

    secret: str = ""
    problem: str = ""
    error: str = ""


def prepare(repository: str) -> Prepared:
    """Bring the database up to date, queue the analysis, and issue a login link."""
    from gitinsight.cli.admin import application
    from gitinsight.domain.access import Role
    from gitinsight.services import accounts, database

    try:
        with application():
            database.migrate()
            accounts.ensure_user("admin", Role.ADMIN)
            problem = _queue(repository) if repository else ""
            return Prepared(accounts.issue_login_link("admin"), problem)
    except GitInsightError as error:
        return Prepared(error=error.message)


def _queue(repository: str) -> str:
    """Add the repository on the operator's word and analyse it; why that cannot be, or nothing."""
    from gitinsight.domain.access import OPERATOR, Visibility
    from gitinsight.services import analyses, repositories

    # A folder of this machine is its owner's; an address that anybody could type is for everybody.
    is_folder = Path(repository).expanduser().is_dir()
    visibility = Visibility.PRIVATE if is_folder else Visibility.PUBLIC
    try:
        added = repositories.add(OPERATOR, repository, visibility=visibility)
        analyses.request_or_join(OPERATOR, added.id)
    except GitInsightError as error:
        return error.message
    return ""


if __name__ == "__main__":
    print(json.dumps(asdict(prepare(*sys.argv[1:2] or [""]))))
