"""The solutions of training_study against published numbers, numerical gradients, and another array library."""

from functools import cache

import numpy as np
import pytest

from autograder.authoring.content import load
from autograder.course import Course
from autograder.grading.reference import Reference
from autograder.proof.asking import put_to
from cs231n_utils.checks import eval_numerical_gradient, rel_error
from cs231n_utils.data import get_cifar10_data, load_cifar10
from cs231n_utils.training import library_of, to_device, to_numpy

FIRST, SECOND = "capacity_regularization_learning_rate", "search"


@cache
def reference(notebook: str) -> Reference:
    return Reference(Course.find().solutions / "training_study" / f"{notebook}.ipynb")


def solution(name: str, notebook: str = FIRST):
    return reference(notebook).host.namespace[name]


def published_net():
    """The net, the examples and the labels of a published check (Michigan's third assignment, and Stanford's first)."""
    N, D, H, C = 3, 5, 50, 7
    params = {
        "W1": np.linspace(-0.7, 0.3, num=D * H).reshape(D, H),
        "b1": np.linspace(-0.1, 0.9, num=H),
        "W2": np.linspace(-0.3, 0.4, num=H * C).reshape(H, C),
        "b2": np.linspace(-0.9, 0.1, num=C),
    }
    return params, np.linspace(-5.5, 4.5, num=N * D).reshape(D, N).T, np.array([0, 5, 1])


@pytest.mark.parametrize("notebook", [FIRST, SECOND])
def test_the_published_loss_without_half(notebook):
    params, X, y = published_net()
    loss, _ = solution("nn_forward_backward", notebook)(params, X, y, reg=1.0)
    assert loss == pytest.approx(49.719461034881775, abs=1e-10)


@pytest.mark.parametrize("reg", [0.0, 0.05, 0.7])
def test_gradients_agree_with_numerical_ones(reg):
    random = np.random.default_rng(0)
    params = {
        "W1": random.normal(size=(4, 6)),
        "b1": random.normal(size=6),
        "W2": random.normal(size=(6, 3)),
        "b2": random.normal(size=3),
    }
    X, y, both = random.normal(size=(5, 4)), np.array([0, 1, 2, 2, 1]), solution("nn_forward_backward")
    _, grads = both(params, X, y, reg)
    for name, value in params.items():
        numeric = eval_numerical_gradient(lambda _: both(params, X, y, reg)[0], value)
        assert rel_error(grads[name], numeric) < 1e-6, name


BLIND = [
    "penalty_missing_in_the_loss",
    "penalty_with_half",
    "penalty_of_w1_only",
    "penalty_averaged",
    "penalty_of_the_biases",
]


@pytest.mark.parametrize("mistake", [None, *BLIND])
def test_the_published_toy_check_does_not_see_the_penalty(mistake):
    """With weights of 1e-4 and a tolerance of 1e-4, the published 1.0986121892929077 is log 3, whatever the penalty."""
    catalogue = {one.name: one for one in reference(FIRST).catalogue}
    host = reference(FIRST).mistaken(catalogue[mistake]) if mistake else reference(FIRST).host
    random = np.random.default_rng(0)
    params = {
        "W1": 1e-4 * random.normal(size=(4, 10)),
        "b1": np.zeros(10),
        "W2": 1e-4 * random.normal(size=(10, 3)),
        "b2": np.zeros(3),
    }
    X, y = 10 * random.normal(size=(5, 4)), np.array([0, 1, 2, 2, 1])
    assert host.namespace["nn_forward_backward"](params, X, y, reg=0.05)[0] == pytest.approx(
        1.0986121892929077, abs=1e-4
    )


@pytest.mark.parametrize("mistake", BLIND)
def test_the_checks_here_see_it_and_name_it(mistake):
    named = {check.misconception for cell in put_to(reference(FIRST), mistake) for check in cell.result.checks}
    assert mistake in named


def test_a_single_seed_gives_the_same_numbers_on_either_library():
    pytest.importorskip("torch", reason="PyTorch is optional")
    found = {}
    for device in ("numpy", "cpu"):
        params, X, y = to_device((*published_net(),), device, "float64")
        np.random.seed(0)
        stats = solution("nn_train")(
            params,
            solution("nn_forward_backward"),
            solution("nn_predict"),
            X,
            y,
            X,
            y,
            learning_rate=0.05,
            reg=0.01,
            num_iters=40,
            batch_size=2,
        )
        loss, grads = solution("nn_forward_backward")(params, X, y, 0.1)
        assert type(library_of(params["W1"])) is type(np) and stats["loss_history"][-1] < stats["loss_history"][0]
        found[device] = to_numpy(
            {
                "loss": np.array(float(loss)),
                "losses": np.array(stats["loss_history"]),
                "accuracies": np.array(stats["val_acc_history"]),
                **params,
                **{f"d{name}": grad for name, grad in grads.items()},
                "predicted": solution("nn_predict")(params, solution("nn_forward_backward"), X),
            }
        )
    for name, value in found["numpy"].items():
        np.testing.assert_allclose(found["cpu"][name], value, rtol=1e-9, atol=1e-12, err_msg=name)


def test_the_search_runs_on_tensors_too():
    torch = pytest.importorskip("torch", reason="PyTorch is optional")
    best = {}
    for device in ("numpy", "cpu"):
        np.random.seed(0)
        y = np.arange(60) % 3
        X = 3 * np.eye(4)[y] + 0.1 * np.random.randn(60, 4)
        data = to_device({"X_train": X, "y_train": y, "X_val": X, "y_val": y}, device, "float64")
        net, stats, accuracy = solution("find_best_net", SECOND)(
            data, lambda: ([1e-7, 0.3], [20], [1e-5], [1.0]), num_iters=80, batch_size=20
        )
        assert (library_of(net.params["W1"]) is torch) == (device == "cpu")
        assert accuracy == 1.0 and len(stats["loss_history"]) == 80
        best[device] = to_numpy(net.params)
    for name in best["numpy"]:
        np.testing.assert_allclose(best["cpu"][name], best["numpy"][name], rtol=1e-8, atol=1e-10, err_msg=name)


def test_held_out_images_are_prepared_as_the_notebook_does():
    data = get_cifar10_data(40_000, 10, 50, subtract_mean="colour", unit_range=True)
    images = load_cifar10()
    unit_rows = load(Course.find().solutions / "training_study", "search.rubric").unit_rows
    np.testing.assert_allclose(unit_rows(images.X_test[:50], images.X_train), data["X_test"], atol=1e-6)
