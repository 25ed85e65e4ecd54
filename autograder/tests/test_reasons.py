"""Every notebook's visible checks say why: put to all known mistakes, and to all right answers.

A reason is a sentence of the relation engine, or one that the check cell has for the case; bare numbers are none.
"""

import functools
import re

import pytest
from conftest import REPOSITORY, quick

import cs231n_utils.checks.visible as visible
from autograder.authoring.notebook import check_cells
from autograder.authoring.rubric import Draw, load_rubric
from autograder.grading.reference import reference_of
from autograder.grading.verdict import CellGrader
from autograder.proof.agreement import comparable_cells
from autograder.proof.asking import shown
from autograder.proof.jobs import alone
from autograder.proof.trials import Trial, trials

# The share of known mistakes for which a sentence is given; all that are noticed count.
ENOUGH = {
    "regularization/batch_normalization": 0.78,
    "backpropagation/computational_graphs": 0.7,
    "optimization/update_rules": 0.94,
    "optimization/initialization": 0.87,
    "optimization/hyperparameters": 0.95,
    "image_classification/knn": 0.9,
    "regularization/dropout": 0.91,
    "regularization/transfer_learning": 0.87,
    "training_study/search": 0.97,
    "image_classification/features": 0.7,
}


@pytest.fixture
def said(monkeypatch):
    """The reasons that are given: hints at numbers, and the sentences of properties and exceptions."""
    reasons: list[str] = []

    def listening(find):
        def found(*args, **kwargs):
            hint = find(*args, **kwargs)
            reasons.extend([hint] if hint else [])
            return hint

        return found

    for name in ("hint_of_values", "hint_of_shape", "hint_of_error"):
        monkeypatch.setattr(visible, name, listening(getattr(visible, name)))
    report = visible.report

    def noting(finding):
        if finding.problem and not finding.parts and isinstance(finding.got, str) and not finding.got:
            reasons.append(finding.problem[0])
        return report(finding)

    monkeypatch.setattr(visible, "report", noting)
    return reasons


comparable_of = functools.cache(comparable_cells)


def reasons_for(said: list[str], name: str, trial: Trial) -> tuple[bool, list[str]]:
    """Whether a trial is refused by the visible checks of what it writes, and the reasons."""
    path = REPOSITORY / "solutions" / f"{name}.ipynb"
    reference, comparable = reference_of(path), comparable_of(path)
    said.clear()
    refused = False
    for cell in (cell for todo in trial.cells for cell in check_cells(path).get(todo, ()) if cell in comparable):
        with alone():
            lines = shown(path, trial.host(reference), cell)
        refused |= any(line.startswith(("✗", "○")) for line in lines)
    return refused, list(said)


def put(name: str, right: bool) -> list[Trial]:
    all_trials = trials(reference_of(REPOSITORY / "solutions" / f"{name}.ipynb"))
    return [one for one in all_trials if one.right == right and not one.contract]


@pytest.mark.parametrize("name", quick(ENOUGH, lambda name: name.endswith("update_rules")))
def test_a_mistake_is_given_a_reason(said, name):
    found = {one.name: reasons_for(said, name, one) for one in put(name, right=False)}
    noticed = [reasons for refused, reasons in found.values() if refused]
    assert sum(map(bool, noticed)) >= ENOUGH[name] * len(noticed)


@pytest.mark.parametrize("name", quick(ENOUGH, lambda name: name.endswith("update_rules")))
def test_a_right_answer_is_given_none(said, name):
    assert {one.name: reasons for one in put(name, right=True) if (reasons := reasons_for(said, name, one)[1])} == {}


# What is said about some mistakes in update_rules, in the notebook and by the grader.
FORMULAS = {
    "momentum_uphill": "is w + learning_rate · dw + momentum · velocity: the sign of learning_rate · dw is wrong",
    "momentum_of_one_more": "is w + velocity − learning_rate · dw: look at velocity",
    "momentum_fixed": "is w + 0.9 · velocity − learning_rate · dw: look at 0.9 · velocity",
    "plain_sgd": "is w − learning_rate · dw: is momentum · velocity left out?",
    "velocity_is_a_running_mean": "is w − learning_rate · momentum · velocity − learning_rate · (1 − momentum) · dw",
    "rmsprop_weights_swapped": "is decay_rate · dw² + (1 − decay_rate) · CACHE",
    "rmsprop_decay_fixed": "is 0.99 · CACHE + 0.01 · dw²",
    "adagrad_uphill": "is w + learning_rate · dw / √CACHE: the sign of learning_rate · dw / √CACHE is wrong",
    "adagrad_old_cache": "is w − learning_rate · dw / √CACHE",
    "adam_correction_stored": "is 1/(1 − beta1^t) × ",
    "adam_without_correction": "is w − learning_rate · M / √V",
    "inverse_without_k": "is learning_rate / (1 + t)",
}


def test_notebook_and_grader_say_the_same(said):
    name = "optimization/update_rules"
    path = REPOSITORY / "solutions" / f"{name}.ipynb"
    for trial in put(name, right=False):
        if trial.name not in FORMULAS:
            continue
        [cell] = trial.cells
        grader = CellGrader(load_rubric(path), reference_of(path), lambda check: Draw(b"one sentence", check))
        with alone():
            graded = grader.grade(cell, trial.host(reference_of(path)))
        messages = [one.message for one in graded.result.checks if not one.passed]
        for sentences in (reasons_for(said, name, trial)[1], messages):
            words = (one.replace(" are ", " is ") for one in sentences)
            plain = [re.sub(r'config\["(\w+)"\]|\b(cache|m|v)(?:_before)?\b', _upper, one) for one in words]
            assert any(FORMULAS[trial.name] in one for one in plain), (trial.name, plain)


def _upper(match: re.Match[str]) -> str:
    """A state of one name, before or after the step."""
    name = match[1] or match[2]
    return name.upper() if name in ("cache", "m", "v") else name
