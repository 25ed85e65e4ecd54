"""Numerical gradients, to compare with the ones you derive.

All of them need float64: the difference of two nearly equal numbers, divided by a small step, leaves nothing
of float32's seven digits.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

# Slopes on both sides that differ by this share of themselves, and by 1e-4, do so because of a kink: over steps of 1e-5
# the slope of a smooth loss hardly changes.
_KINK = 1e-3


def rel_error(x: ArrayLike, y: ArrayLike) -> float:
    """Return the largest relative error between two arrays, `max |x - y| / max(1e-8, |x| + |y|)`.

    0 means equal, 1 means as different as can be (one of the two is 0, or the signs differ), and a
    constant factor of 2 gives 1/3. As a rule of thumb for gradients in float64: under 1e-7 is right, over
    1e-3 is wrong.

    Parameters
    ----------
    x, y : array_like
        Numbers of one shape. No broadcasting: a gradient of shape (1, M) is not one of shape (M,).

    Returns
    -------
    float
        NaN if either array holds a NaN.

    Raises
    ------
    ValueError
        If the shapes differ, or there is nothing to compare.
    """
    x, y = _as_numbers(x, "x"), _as_numbers(y, "y")
    if x.shape != y.shape:
        raise ValueError(f"cannot compare shape {x.shape} with shape {y.shape}")
    if x.size == 0:
        raise ValueError("cannot compare empty arrays")
    return float(np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y))))


def eval_numerical_gradient(
    f: Callable[[np.ndarray], float], x: np.ndarray, verbose: bool = False, h: float = 1e-5
) -> np.ndarray:
    """Return the gradient of a scalar function at `x`, by centred differences (f(x+h) - f(x-h)) / 2h.

    Parameters
    ----------
    f : callable
        Takes the array `x` and returns one number.
    x : ndarray of float64
        Where to take the gradient. Its entries are moved one at a time and put back, even if `f` fails,
        so `f` may ignore its argument and read the array itself (a parameter of a model, say).
    verbose : bool
        Print each entry of the gradient.
    h : float
        Half the width of the step. The error is of order h² from the formula plus 1e-16/h from rounding.

    Returns
    -------
    NumericalGradient, float64, shape of `x`
        An array that knows where `f` has a kink between x-h and x+h, as a ReLU has at 0. There it is a mixture of two
        slopes.

    Raises
    ------
    TypeError
        If `x` is not a float64 array, or `f` returns numbers less precise than float64.
    ValueError
        If `f` returns more than one number.
    """
    _require_float64(x)
    gradient = np.zeros(x.shape).view(NumericalGradient)
    gradient.slopes = np.zeros((2, *x.shape))
    here = _number(f(x))
    for index in np.ndindex(x.shape):
        above, below = _values_around(lambda: _number(f(x)), x, index, h)
        gradient[index] = (above - below) / (2 * h)
        gradient.slopes[(slice(None), *index)] = (here - below) / h, (above - here) / h
        if verbose:
            print(index, gradient[index])
    return gradient


class NumericalGradient(np.ndarray):
    """A gradient by centred differences, with the slopes on both sides.

    Attributes
    ----------
    slopes : ndarray of shape (2, *self.shape), or None
        The slope below and above each entry. Where there is a kink, they differ.
    """

    slopes: np.ndarray | None = None

    def excuses(self, analytic: ArrayLike) -> np.ndarray:
        """Return at which entries there is a kink, and the analytic gradient is one of the slopes there or between."""
        if self.slopes is None or np.shape(analytic) != self.shape:
            return np.zeros(self.shape, bool)
        lower, upper = np.sort(self.slopes, axis=0)
        slack = 1e-6 + 1e-4 * (upper - lower)  # one slope may be rounded, or belong to a curve
        kinks = upper - lower > 1e-4 + _KINK * np.maximum(np.abs(lower), np.abs(upper))
        with np.errstate(invalid="ignore"):
            return np.asarray(kinks & (np.asarray(analytic) >= lower - slack) & (np.asarray(analytic) <= upper + slack))


def eval_numerical_gradient_array(
    f: Callable[[np.ndarray], np.ndarray], x: np.ndarray, df: ArrayLike, h: float = 1e-5
) -> np.ndarray:
    """Return the gradient at `x` of an array-valued function, given the gradient `df` of what follows it.

    This is the numerical twin of a backward pass: entry i is sum(df * ∂f/∂x_i).

    Parameters
    ----------
    f : callable
        Takes `x` and returns an array.
    x : ndarray of float64
        Moved one entry at a time and put back.
    df : array_like, shape of f(x)
        The upstream gradient (`dout` in the assignments).
    h : float
        Half the width of the step.

    Returns
    -------
    ndarray of float64, shape of `x`

    Raises
    ------
    TypeError
        If `x` is not a float64 array, or `f` returns numbers less precise than float64.
    ValueError
        If `df` does not have the shape of f(x).
    """
    _require_float64(x)
    df = np.asarray(df)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        above, below = _values_around(lambda: _precise(f(x)), x, index, h)
        if above.shape != df.shape:
            raise ValueError(f"df has shape {df.shape}, but f(x) has shape {above.shape}")
        gradient[index] = np.sum((above - below) * df) / (2 * h)
    return gradient


def grad_check_sparse(
    f: Callable[[np.ndarray], float],
    x: np.ndarray,
    analytic_grad: np.ndarray,
    num_checks: int = 10,
    h: float = 1e-5,
    seed: int | None = None,
) -> float:
    """Compare a gradient with centred differences at a few random entries, and print each comparison.

    For arrays that are too large for `eval_numerical_gradient`, such as the weights of a real network.

    Parameters
    ----------
    f : callable
        Takes `x` and returns one number.
    x : ndarray of float64
        Moved one entry at a time and put back.
    analytic_grad : ndarray, shape of `x`
        The gradient to check.
    num_checks : int
        How many entries to try.
    h : float
        Half the width of the step.
    seed : int, optional
        Makes the choice of entries repeatable. NumPy's global random state is never touched.

    Returns
    -------
    float
        The largest relative error seen.

    Raises
    ------
    TypeError
        If `x` is not a float64 array, or `f` returns numbers less precise than float64.
    ValueError
        If `analytic_grad` does not have the shape of `x`, or `num_checks` is not positive.
    """
    _require_float64(x)
    analytic_grad = np.asarray(analytic_grad)
    if analytic_grad.shape != x.shape:
        raise ValueError(f"the gradient has shape {analytic_grad.shape}, but x has shape {x.shape}")
    if num_checks < 1:
        raise ValueError("num_checks must be at least 1")
    rng = np.random.default_rng(seed)
    errors = []
    for _ in range(num_checks):
        index = tuple(int(rng.integers(length)) for length in x.shape)
        above, below = _values_around(lambda: _number(f(x)), x, index, h)
        numeric, analytic = (above - below) / (2 * h), analytic_grad[index]
        errors.append(rel_error(numeric, analytic))
        print(f"numerical: {numeric: .6f}  analytic: {analytic: .6f}  relative error: {errors[-1]:.2e}")
    return float(np.max(errors))  # NumPy's max, because it keeps a NaN


def complex_step_gradient(f: Callable[[np.ndarray], complex], x: ArrayLike, h: float = 1e-20) -> np.ndarray:
    """Return the gradient of an analytic function to full float64 precision, `Im f(x + ih) / h`.

    Nothing is subtracted, so nothing cancels and the step can be tiny (Squire and Trapp, "Using complex
    variables to estimate derivatives of real functions", SIAM Review 40, 1998). The price: `f` must be
    analytic and must keep complex numbers complex. abs, conj, real, and storing the result in an array
    of float64 all break it; `+`, `*`, `@`, exp, log and NumPy's maximum are fine.

    Parameters
    ----------
    f : callable
        Takes a complex array of the shape of `x` and returns one complex number.
    x : array_like of real numbers
        Where to take the gradient. Not modified.
    h : float
        The imaginary step.

    Returns
    -------
    ndarray of float64, shape of `x`

    Raises
    ------
    ValueError
        If `f` returns a real number, or the result disagrees with a centred difference along one
        direction: then `f` is not analytic (or `x` lies on a kink).
    """
    x = np.asarray(x, dtype=np.float64)
    z = x.astype(np.complex128)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        z[index] = x[index] + 1j * h
        value = _number(f(z))
        z[index] = x[index]
        if not np.iscomplexobj(value):
            raise ValueError("f loses the imaginary part: it must keep complex numbers complex to use this")
        gradient[index] = value.imag / h

    # abs(x)**2 + x is complex and still not analytic, so compare with a plain difference along one direction.
    direction = np.random.default_rng(0).standard_normal(x.shape)
    step = 1e-6 * direction
    above, below = (_number(f(point.astype(np.complex128))) for point in (x + step, x - step))
    plain = np.real(above - below) / 2e-6
    along = np.sum(gradient * direction)
    if not abs(along - plain) <= 1e-3 * (abs(along) + abs(plain)) + 1e-6:
        raise ValueError(
            f"f is not analytic here: along one direction the complex step gives {along:.6g}, "
            f"a centred difference {plain:.6g}"
        )
    return gradient


def _as_numbers(values: ArrayLike, name: str) -> np.ndarray:
    """Convert to float64 (or complex128), so that unsigned integers don't wrap around when subtracted."""
    array = np.asarray(values)
    if array.dtype.kind not in "biufc":
        raise ValueError(f"{name} is not an array of numbers (its type is {type(values).__name__})")
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def _require_float64(x: np.ndarray) -> None:
    if not isinstance(x, np.ndarray) or x.dtype != np.float64:
        what = f"an array of {x.dtype}" if isinstance(x, np.ndarray) else f"a {type(x).__name__}"
        raise TypeError(f"a numerical gradient needs a float64 array, got {what}: try x.astype(np.float64)")


def _number(value: ArrayLike) -> Any:
    """Return `value` as a Python-like scalar; a whole array is a mistake that float() would hide."""
    if np.ndim(value) != 0:
        raise ValueError(f"f must return one number, but returned shape {np.shape(value)}")
    return _precise(value)[()]


def _precise(value: ArrayLike) -> np.ndarray:
    """Return a copy of what `f` gave; rounding in float32 would be a thousand times the difference looked for."""
    value = np.array(value)  # a copy: f may reuse its buffer
    if value.dtype in (np.float16, np.float32):
        raise TypeError(f"f computes in {value.dtype}, too coarse for a numerical gradient: keep float64 throughout")
    return value


def _values_around(evaluate: Callable[..., Any], x: np.ndarray, index: tuple[Any, ...], h: float) -> tuple[Any, ...]:
    """Return what `evaluate` gives with x[index] moved up and down by h; x is restored whatever happens."""
    centre = x[index]
    try:
        x[index] = centre + h
        above = evaluate()
        x[index] = centre - h
        below = evaluate()
    finally:
        x[index] = centre
    return above, below
