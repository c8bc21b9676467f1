"""The whole way of an analysis through database, queue, worker and plugins, on real repositories."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from gitinsight.domain.access import GUEST, OPERATOR
from gitinsight.domain.lifecycle import AnalysisStatus, JobState
from gitinsight.services import analyses, insights, repositories
from gitinsight.store.measures import InsightQuery
from tests.repositories import Repo
from tests.working import work_off


def history_of(tmp_path: Path, commits: int) -> Repo:
    repo = Repo(tmp_path / "source")
    for number in range(commits):
        repo.commit({"app.py": f"def f(x):\n    return x + {number}\n"}, f"Change {number}")
    return repo


def test_an_analysis_runs_all_stages_and_its_results_can_be_read(app: Flask, tmp_path: Path) -> None:
    repo = history_of(tmp_path, 60)
    added = repositories.add(OPERATOR, str(repo.git_dir))
    job = analyses.request(OPERATOR, added.id)
    assert job.state is JobState.QUEUED

    work_off()

    job = analyses.get(OPERATOR, job.id)
    assert [stage.error for stage in job.stages if stage.error] == []
    assert job.state is JobState.SUCCEEDED
    assert job.head == repo.head()
    found = repositories.get(GUEST, added.id)
    assert found.analysis_status is AnalysisStatus.READY
    assert found.commit_count == 60
    shown = insights.listing(GUEST, added.id, InsightQuery(limit=100)).items
    assert {insight.analyzer for insight in shown} == {
        "quality",
        "quality_history",
        "dependencies",
        "people",
        "ownership",
        "sentiment",
        "sentiment_folders",
        "activity",
        "trends",
    }
    assert all(insight.evidence for insight in shown)
