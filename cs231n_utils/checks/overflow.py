"""Arithmetic that goes wrong on the way, though its result may look fine."""

from collections.abc import Callable

import numpy as np


def overflows(function: Callable, *args: object) -> bool:
    """Return whether a function's arithmetic overflows or becomes invalid on the way, even if its result looks fine.

    NumPy only warns of that. An infinity may vanish again, as in 1 / (1 + exp(1000)), or turn into NaN.

    Parameters
    ----------
    function : callable
    *args : object
        What to call it with.

    Examples
    --------
    >>> overflows(np.exp, 1000.0), overflows(np.exp, -1000.0)
    (True, False)
    """
    with np.errstate(over="raise", invalid="raise", divide="raise", under="ignore"):
        try:
            function(*args)
        except FloatingPointError:
            return True
    return False
