"""What a file's health loses, worked out by hand, and what holds for any deductions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitinsight_quality.deductions import (
    CATEGORIES,
    ClassFacts,
    Deduction,
    DuplicateFacts,
    FileFacts,
    FunctionFacts,
    deductions_of,
    scaled_costs,
)
from gitinsight_quality.duplication import Copy, Duplicate, FileDuplication
from gitinsight_quality.files import File
from gitinsight_quality.functions import Function
from gitinsight_quality.health import (
    Band,
    band_of,
    facts_of,
    file_health,
    health_of,
    repository_health,
)
from gitinsight_quality.lines import Lines
from gitinsight_quality.measuring import Measure
from gitinsight_quality.targets import find_targets


def function(length: int = 1, **facts) -> FunctionFacts:
    return FunctionFacts("f", 1, length, **facts)


def facts(*functions: FunctionFacts, code: int = 100, path: str = "a.py", **more) -> FileFacts:
    return FileFacts(path, code, code, functions, **more)


def measured(code: int, *functions: Function, path: str = "a.py", is_test: bool = False) -> File:
    return File(path, "Python", is_test, Measure(Lines(code, 0, 0), functions))


def test_what_stays_within_every_limit_costs_nothing() -> None:
    fair = function(60, cyclomatic=10, cognitive=15, nesting=3, parameters=5, bumps=1)
    one = ClassFacts("A", 1, 194, methods=9, lcom4=1)
    assert file_health(facts(fair, code=500, classes=[one])).score == 10


@pytest.mark.parametrize(
    ("function", "rules", "score"),
    [
        (function(cyclomatic=11), ["complex-method"], 9.7),
        (function(cyclomatic=21), ["complex-method"], 9.2),
        (function(cyclomatic=3, cognitive=16), ["complex-method"], 9.7),
        (function(cyclomatic=11, cognitive=31), ["complex-method"], 9.2),
        (function(61), ["large-method"], 9.8),
        (function(121), ["large-method"], 9.5),
        (function(nesting=4), ["deep-nesting"], 9.7),
        (function(nesting=6), ["deep-nesting"], 9.5),
        (function(bumps=2), ["bumpy-road"], 9.8),
        (function(bumps=4), ["bumpy-road"], 9.6),
        (function(parameters=6), ["many-parameters"], 9.9),
        (function(9, complex_conditionals=[3, 5]), ["complex-conditional"] * 2, 9.8),
        # 0.3 for the complexity, 0.75 for all at once, 0.2 for the length and 0.3 for the nesting.
        (
            function(66, cyclomatic=16, nesting=4),
            ["complex-method", "brain-method", "large-method", "deep-nesting"],
            8.45,
        ),
    ],
)
def test_each_rule_costs_what_the_table_says(function, rules, score) -> None:
    health = file_health(facts(function))
    assert [one.rule for one in health.deductions] == rules
    assert health.score == pytest.approx(score)


@pytest.mark.parametrize(
    ("file", "rule", "score"),
    [
        (facts(code=501), "large-file", 9.5),
        (facts(code=1_001), "large-file", 9),
        (facts(code=9_000), "large-file", 9),
        (facts(classes=[ClassFacts("A", 1, 50, methods=4, lcom4=2)]), "low-cohesion", 9.7),
        (facts(duplicates=[DuplicateFacts(1, 4, "b.py:1-4")]), "duplication", 9.9),
        (facts(duplicates=[DuplicateFacts(1, 11, "b.py:1-11")]), "duplication", 9.8),
        (facts(duplicates=[DuplicateFacts(1, 400, "b.py:1-400")]), "duplication", 9.5),
    ],
)
def test_files_classes_and_copies_cost_what_the_table_says(file, rule, score) -> None:
    health = file_health(file)
    assert {one.rule for one in health.deductions} == {rule}
    assert health.score == pytest.approx(score)


def test_a_long_class_of_complex_methods_is_a_brain_class() -> None:
    methods = [FunctionFacts(f"m{n}", 10 * n + 1, 10 * n + 10, cyclomatic=8) for n in range(6)]
    elsewhere = FunctionFacts("f", 300, 310, cyclomatic=8)
    (one,) = deductions_of(facts(*methods, elsewhere, classes=[ClassFacts("A", 1, 195)]))
    assert (one.rule, one.message) == ("brain-class", "A has 195 lines and a complexity of 48")
    assert deductions_of(facts(*methods[1:], elsewhere, classes=[ClassFacts("A", 1, 195)])) == []


def test_a_class_of_three_methods_is_too_small_to_lack_cohesion() -> None:
    assert deductions_of(facts(classes=[ClassFacts("A", 1, 9, methods=3, lcom4=3)])) == []


def test_a_deduction_names_its_lines_what_it_is_and_what_to_do() -> None:
    one = FunctionFacts("load", 20, 99, cyclomatic=30)
    complexity, length = deductions_of(facts(one))
    assert (complexity.start_line, complexity.end_line) == (20, 99)
    assert complexity.message == "load has a complexity of 30"
    assert complexity.fix == "Split it at its branches into steps with names."
    assert length.message == "load is 80 lines long"


def test_a_category_over_its_cap_is_scaled_down_in_proportion() -> None:
    # 0.8 + 0.8 + 0.8 + 0.3 + 0.3 = 3.0 against a cap of 2.5.
    functions = [function(cyclomatic=value) for value in (30, 30, 30, 11, 11)]
    health = file_health(facts(*functions))
    assert health.score == pytest.approx(7.5)
    assert sorted(health.costs) == pytest.approx([0.25, 0.25, 2 / 3, 2 / 3, 2 / 3])


def test_everything_at_once_leaves_one_point() -> None:
    bad = function(200, cyclomatic=50, nesting=9, parameters=9, bumps=9, complex_conditionals=[1] * 9)
    worst = facts(
        *[bad] * 20,
        code=9_000,
        classes=[ClassFacts("A", 1, 900, 9, 9)] * 9,
        duplicates=[DuplicateFacts(1, 99, "b.py:1-99")] * 9,
    )
    health = file_health(worst)
    assert health.score == 1
    assert sum(health.costs) == pytest.approx(9)


@pytest.mark.parametrize(
    ("score", "band"),
    [
        (10, Band.HEALTHY),
        (8, Band.HEALTHY),
        (7.99, Band.PROBLEMATIC),
        (4, Band.PROBLEMATIC),
        (3.99, Band.UNHEALTHY),
    ],
)
def test_bands_begin_at_eight_and_at_four(score, band) -> None:
    assert band_of(score) is band


_DEDUCTIONS = st.lists(
    st.builds(
        Deduction,
        st.sampled_from(sorted(CATEGORIES)),
        st.floats(0.05, 2, allow_nan=False),
        st.just("it is so"),
        st.just(1),
        st.just(9),
        st.just(9),
    ),
    max_size=40,
)


@given(_DEDUCTIONS, _DEDUCTIONS)
def test_a_further_deduction_never_raises_health(some, more) -> None:
    assert sum(scaled_costs(some + more, 9.0)) >= sum(scaled_costs(some, 9.0)) - 1e-9


@given(_DEDUCTIONS)
def test_costs_follow_the_published_formula(deductions) -> None:
    sums = {
        rule: min(category.cap, sum(one.cost for one in deductions if one.rule == rule))
        for rule, category in CATEGORIES.items()
    }
    costs = scaled_costs(deductions, 9.0)
    assert sum(costs) == pytest.approx(min(9.0, sum(sums.values())))
    for rule, category in CATEGORIES.items():
        own = [cost for one, cost in zip(deductions, costs, strict=True) if one.rule == rule]
        assert sum(own) <= category.cap + 1e-9


@given(_DEDUCTIONS)
def test_within_a_category_costs_keep_their_proportion(deductions) -> None:
    costs = scaled_costs(deductions, 9.0)
    shares: dict[str, set[float]] = {}
    for one, cost in zip(deductions, costs, strict=True):
        shares.setdefault(one.rule, set()).add(round(cost / one.cost, 6))
    assert all(max(found) - min(found) <= 2e-6 for found in shares.values())


def test_the_repositorys_health_is_weighted_by_lines() -> None:
    poor = facts(*[function(cyclomatic=50)] * 10, code=300, path="poor.py")
    health = repository_health([poor, facts(code=100, path="good.py")])
    # (300 x 7.5 + 100 x 10) / 400
    assert health.score == pytest.approx(8.125)
    assert health.deductions["complex-method"] == pytest.approx(1.875)
    assert sum(health.deductions.values()) == pytest.approx(10 - 8.125)


@given(st.permutations(range(5)))
def test_the_order_of_files_does_not_matter(order) -> None:
    files = [facts(function(cyclomatic=9 * n), code=10 + n, path=f"{n}.py") for n in range(5)]
    assert repository_health([files[n] for n in order]) == repository_health(files)


def test_the_documented_example_comes_out_as_documented() -> None:
    lengths_and_values = [(80, 30), (1, 30), (1, 30), (1, 11), (1, 11)]
    functions = [
        FunctionFacts(f"f{n}", 100 * n + 1, 100 * n + length, cyclomatic=value)
        for n, (length, value) in enumerate(lengths_and_values)
    ]
    health = repository_health([facts(*functions, code=620), facts(code=380, path="b.py")])
    assert health.files[0].score == pytest.approx(6.8)
    assert health.score == pytest.approx(8.016)
    first = next(one for one in find_targets(health) if one.effort_lines == 80)
    assert first.gain == pytest.approx(0.53733, abs=1e-5)


def test_the_documented_table_has_every_category_with_its_cap() -> None:
    page = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
    for category in CATEGORIES.values():
        assert f"| {category.name} | {category.cap:g} |" in page


def test_health_is_missing_where_nothing_could_be_parsed() -> None:
    unparsed = File("a.py", "Python", False, Measure(Lines(5, 0, 0), unparsed="syntax errors"))
    assert health_of([unparsed], {}).score is None


def test_what_a_file_measures_reaches_the_rules() -> None:
    outer = Function("f", 3, 72, 12, 4, 6, cognitive=17, bumps=2, complex_conditions=(9,))
    file = measured(70, outer, Function("inner", 5, 9, 50, 0, 0, is_inner=True))
    (one,) = facts_of(file).functions
    assert one == FunctionFacts("f", 3, 72, 12, 4, 6, 17, 2, (9,))
    assert facts_of(file).path == "a.py"


def test_copies_cost_code_but_not_tests() -> None:
    copied = FileDuplication(False, 20, [(1, 20)], [Duplicate(1, 20, 99, Copy("b.py", 3, 22), 3)])
    (one,) = file_health(facts_of(measured(20), copied)).deductions
    assert one.message == "20 lines also stand at b.py:3-22 and 1 more place"
    assert facts_of(measured(20, is_test=True), replace(copied, is_test=True)).duplicates == ()
