"""A program for an installed product: analyse a repository in this process, print a page and a panel.

Usage: ``python plugin_panel.py REPOSITORY ANALYZER TITLE``. The stages run one after the other as a worker
runs them; nothing listens on the queue's address, which only delays what other processes would hear.
Prints the two pages as a JSON object.
"""

from __future__ import annotations

import json
import sys

from gitinsight.app import create_app
from gitinsight.domain.access import OPERATOR
from gitinsight.services import analyses, database, repositories, stages
from gitinsight.services.context import tools


def main(address: str, analyzer: str, title: str) -> None:
    """Store the analysis, then ask for the pages as a guest's browser does."""
    app = create_app()
    with app.app_context():
        database.migrate()
        repository = repositories.add(OPERATOR, address)
        job = analyses.request(OPERATOR, repository.id, (analyzer,))
        for stage in job.stages:
            stages.run_stage(stage.id)
        titles = [panel.title for _, panel in tools().registry.panels]
    client = app.test_client()
    page = client.get(f"/repositories/{repository.id}")
    panel = client.get(f"/panels/{titles.index(title)}?repository={repository.id}")
    print(json.dumps({"page": page.text, "panel": panel.text, "status": panel.status_code}))


if __name__ == "__main__":
    main(*sys.argv[1:])
