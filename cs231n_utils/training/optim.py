"""Update rules: rule(w, dw, config) -> next_w, config. The other rules are yours to write."""

import numpy as np


def sgd(w: np.ndarray, dw: np.ndarray, config: dict | None = None) -> tuple[np.ndarray, dict]:
    """Take one step of stochastic gradient descent, w - learning_rate * dw.

    Parameters
    ----------
    w : ndarray
        The weights; updated in place, in their own dtype.
    dw : ndarray, shape of `w`
        The gradient of the loss.
    config : dict, optional
        ``learning_rate``: the size of the step, 1e-2 if absent.

    Returns
    -------
    next_w : ndarray
        The array `w`, after the step.
    config : dict
        To be handed to the next call.
    """
    config = {} if config is None else config
    config.setdefault("learning_rate", 1e-2)
    w -= config["learning_rate"] * dw
    return w, config
