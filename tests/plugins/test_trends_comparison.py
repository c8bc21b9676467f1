"""The comparison of models on a file: its figures, and files that cannot be used."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from gitinsight_trends.comparison import compare, main, origins, pinball, scale
from gitinsight_trends.rivals import MODELS
from gitinsight_trends.seriesfile import read_series_file

HEAD = "repo,metric,week,value\n"


def rows(repository: str, metric: str, values: list[float]) -> str:
    first = date(2015, 1, 5)
    return "".join(
        f"{repository},{metric},{first + timedelta(weeks=n)},{value:g}\n" for n, value in enumerate(values)
    )


@pytest.fixture
def series_file(tmp_path: Path) -> Path:
    random = np.random.default_rng(2)
    text = HEAD
    for repository in ("a/a", "b/b", "c/c"):
        text += rows(repository, "commits", random.poisson(8, 220).tolist())
    text += rows("a/a", "stars", random.poisson(3, 220).tolist()) + rows("d/d", "commits", [1.0] * 30)
    path = tmp_path / "series.csv.gz"
    with gzip.open(path, "wt") as file:
        file.write(text)
    return path


def test_the_table_has_every_model_with_its_ratios_and_intervals(series_file: Path) -> None:
    command = [sys.executable, "-m", "gitinsight_trends.backtest", str(series_file)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)

    lines = told.stdout.splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:7]] == list(MODELS)
    assert "| 1.000 [1.000, 1.000] |" in lines[4]
    assert lines[-2].startswith("30 forecasts of 12 weeks on 3 series of 3 repositories; 1 series skipped.")
    assert lines[-1].startswith("Of the sums over 12 weeks ")
    assert told.stderr == ""


def test_json_holds_the_same_figures(series_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main([str(series_file), "--json", "--horizon", "4", "--origins", "3", "--metrics", "commits,stars"])
        == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert (told["horizon"], told["series"], told["forecasts"]) == (4, 4, 12)
    assert 0.6 <= told["sum_coverage80"] <= told["sum_coverage95"] <= 1
    ours, _, median26, seasonal, naive = told["rows"]
    assert (median26["to_median26"], seasonal["to_seasonal"]) == (1.0, 1.0)
    # Counts without any memory: a median misses less than another single week does.
    assert ours["mase"] < min(naive["mase"], seasonal["mase"])
    assert 0.7 <= ours["coverage80"] <= ours["coverage95"] <= 1


def test_scores_are_worked_out_by_hand() -> None:
    # Levels 1 to 5 and weeks of 3 and 7: at 3 the losses are .025 * 2, .1 * 1, 0, .1 * 1, .025 * 2, a mean
    # of .06; at 7 they are .025 * 6, .1 * 5, .5 * 4, .9 * 3, .975 * 2, a mean of 1.46.
    levels = np.repeat(np.arange(1.0, 6.0)[:, None], 2, axis=1)
    assert pinball(levels, np.array([3.0, 7.0])) == pytest.approx((0.06 + 1.46) / 2)
    assert scale(np.array([1.0] * 52 + [4.0] * 26 + [2.0] * 26)) == pytest.approx(2)
    assert origins(204, 12, 10) == [168, 169, 170, 171, 172, 173, 174, 175, 176, 178]
    assert origins(194, 12, 10) == [168]
    assert origins(193, 12, 10) == []


def test_the_same_file_gives_the_same_intervals(series_file: Path) -> None:
    series = read_series_file(series_file)
    first, second = (compare(series).rows[0] for _ in range(2))
    assert first.to_median26_interval == second.to_median26_interval
    low, high = first.to_median26_interval
    assert low <= first.to_median26 <= high


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the first line must be repo,metric,week,value"),
        ("week,value\n2020-01-06,3\n", "the first line must be"),
        (HEAD, "there is no series"),
        (HEAD + "a,commits,2020-01-06\n", "line 2: 3 fields instead of 4"),
        (HEAD + "a,commits,yesterday,3\n", "line 2: Invalid isoformat string"),
        (HEAD + "a,commits,2020-01-06,many\n", "line 2: could not convert"),
        (HEAD + "a,commits,2020-01-06,nan\n", "line 2: nan is not a finite number"),
        (HEAD + "a,commits,2020-01-06,-1\n", "line 2: -1 is not a finite number of 0 or more"),
        (HEAD + "a,commits,2020-01-06,1\na,commits,2020-01-06,1\n", "has the week 2020-01-06 twice"),
        (HEAD + "a,commits,2020-01-06,1\na,commits,2020-01-20,1\n", "2020-01-20 does not follow 2020-01-06"),
        (HEAD + rows("a", "commits", [1.0, 2.0] * 50), "no series is long enough: 194 weeks are needed"),
        (HEAD + "\udcff", "not a CSV file in UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, reason: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(text.encode(errors="surrogateescape"))

    assert main([str(path)]) == 2
    told = capsys.readouterr()
    assert reason in told.err
    assert "Traceback" not in told.err
    assert told.out == ""


def test_a_missing_a_broken_and_another_file_are_told(
    tmp_path: Path, series_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "none.csv")]) == 2
    assert "No such file" in capsys.readouterr().err
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(series_file.read_bytes()[:200])
    assert main([str(cut)]) == 2
    assert "not a whole gzip file" in capsys.readouterr().err
    text = tmp_path / "text.csv.gz"
    text.write_text(HEAD)
    assert main([str(text)]) == 2
    assert "not a whole gzip file" in capsys.readouterr().err
    assert main([str(series_file), "--metrics", "mood"]) == 2
    assert "there is no metric mood; there are commits, stars" in capsys.readouterr().err
