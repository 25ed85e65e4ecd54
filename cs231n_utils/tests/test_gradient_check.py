import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cs231n_utils.checks import (
    complex_step_gradient,
    eval_numerical_gradient,
    eval_numerical_gradient_array,
    grad_check_sparse,
    rel_error,
)

points = arrays(np.float64, (3, 2), elements=st.floats(-2, 2))


def test_rel_error_of_a_factor_of_two_is_one_third():
    assert rel_error([1.0, 2.0], [2.0, 4.0]) == pytest.approx(1 / 3)


def test_rel_error_does_not_broadcast():
    with pytest.raises(ValueError, match=r"\(1, 5\).*\(5,\)"):
        rel_error(np.ones((1, 5)), np.ones(5))


def test_rel_error_does_not_wrap_unsigned_integers():
    assert rel_error(np.array([1], np.uint8), np.array([2], np.uint8)) == pytest.approx(1 / 3)


def test_rel_error_keeps_nan_and_refuses_nothing():
    assert math.isnan(rel_error([1.0, np.nan], [1.0, 1.0]))
    with pytest.raises(ValueError, match="empty"):
        rel_error([], [])
    with pytest.raises(ValueError, match="not an array of numbers"):
        rel_error(None, None)


@given(points)
def test_gradient_of_a_sum_of_sines(x):
    gradient = eval_numerical_gradient(lambda v: np.sin(v).sum(), x)
    np.testing.assert_allclose(gradient, np.cos(x), atol=1e-9)


@given(points, points)
def test_gradient_through_an_array_valued_function(x, df):
    gradient = eval_numerical_gradient_array(np.exp, x, df)
    np.testing.assert_allclose(gradient, df * np.exp(x), atol=1e-8)


@given(points)
def test_complex_step_is_exact_to_rounding(x):
    gradient = complex_step_gradient(lambda v: np.sum(np.exp(v) * v), x)
    np.testing.assert_allclose(gradient, np.exp(x) * (1 + x), rtol=1e-14, atol=1e-14)


def test_published_error_of_the_rectifier():
    # CS231n's notebook prints this number; it holds only if the differences are taken in the same way.
    np.random.seed(231)
    x, dout = np.random.randn(10, 10), np.random.randn(10, 10)
    numeric = eval_numerical_gradient_array(lambda v: np.maximum(0, v), x, dout)
    assert rel_error(dout * np.heaviside(x, 0), numeric) == pytest.approx(3.2756349136310288e-12, rel=1e-3)


def test_x_is_put_back_even_when_the_function_fails():
    x = np.arange(4.0)

    def fails(v):
        if v[2] != 2.0:
            raise RuntimeError
        return v.sum()

    with pytest.raises(RuntimeError):
        eval_numerical_gradient(fails, x)
    assert x.tolist() == [0, 1, 2, 3]


def test_a_function_that_reuses_its_buffer_is_differentiated_rightly():
    buffer = np.empty(3)
    gradient = eval_numerical_gradient_array(lambda v: np.multiply(v, v, out=buffer), np.ones(3), np.ones(3))
    np.testing.assert_allclose(gradient, 2)


@pytest.mark.parametrize("x", [np.arange(3), np.ones(3, np.float32), [1.0, 2.0]])
def test_anything_but_float64_is_refused(x):
    with pytest.raises(TypeError, match="float64"):
        eval_numerical_gradient(lambda v: 0.0, x)


def test_a_function_in_float32_is_refused():
    with pytest.raises(TypeError, match="f computes in float32"):
        eval_numerical_gradient(lambda v: np.float32(v.sum()), np.ones(3))
    with pytest.raises(TypeError, match="f computes in float32"):
        eval_numerical_gradient_array(lambda v: v.astype(np.float32), np.ones(3), np.ones(3))


def test_shapes_are_checked():
    with pytest.raises(ValueError, match="one number"):
        eval_numerical_gradient(lambda v: v, np.ones(3))
    with pytest.raises(ValueError, match="df has shape"):
        eval_numerical_gradient_array(lambda v: v, np.ones(3), 1.0)
    with pytest.raises(ValueError, match="the gradient has shape"):
        grad_check_sparse(lambda v: v.sum(), np.ones(3), np.ones((1, 3)))


def test_verbose_prints_each_entry(capsys):
    eval_numerical_gradient(lambda v: 3 * v.sum(), np.ones(2), verbose=True)
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_sparse_check_sees_a_wrong_gradient_and_leaves_the_global_generator_alone(capsys):
    x = np.linspace(1, 2, 20).reshape(4, 5)
    before = np.random.get_state()[1].copy()
    assert grad_check_sparse(lambda v: np.sum(v**3), x, 3 * x**2, seed=0) < 1e-8
    assert grad_check_sparse(lambda v: np.sum(v**3), x, 6 * x**2, num_checks=4, seed=0) == pytest.approx(1 / 3)
    half_nan = np.where(np.arange(20).reshape(4, 5) % 2, np.nan, 3 * x**2)
    assert math.isnan(grad_check_sparse(lambda v: np.sum(v**3), x, half_nan, seed=0))
    assert (np.random.get_state()[1] == before).all()
    assert capsys.readouterr().out.count("relative error") == 24


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda v: np.sum(np.abs(v) ** 2), "imaginary"),
        (lambda v: np.sum(v.real), "imaginary"),
        (lambda v: np.sum(np.abs(v) ** 2 + v), "not analytic"),
        (lambda v: np.sum(np.conj(v) * v * v), "not analytic"),
    ],
)
def test_complex_step_says_so_when_the_function_is_not_analytic(f, message):
    with pytest.raises(ValueError, match=message):
        complex_step_gradient(f, np.array([0.5, -1.5, 2.0]))
