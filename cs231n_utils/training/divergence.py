"""What the numbers reveal when a training breaks down: why is the loss no longer finite?"""

from collections.abc import Sequence

import numpy as np


def cause_of_divergence(
    losses: Sequence[float],
    X: np.ndarray,
    params: dict[str, np.ndarray],
    scores: np.ndarray,
    learning_rate: float | None = None,
) -> str:
    """Name the likely cause in a sentence.

    Parameters
    ----------
    losses : sequence of float
        All losses, the last one NaN or infinite.
    X : ndarray
        The batch with this loss.
    params : dict of str to ndarray
        The parameters with this loss.
    scores : ndarray
        What they make of the batch.
    learning_rate : float, optional
        That of the last step.

    Returns
    -------
    str
    """
    if not np.isfinite(X).all():
        return "The batch itself has entries that are not finite: look at how the images were prepared."
    broken = [name for name, value in params.items() if not np.isfinite(value).all()]
    first, before = len(losses) == 1, losses[-2] if len(losses) > 1 else None
    if first and broken:
        return f"{broken[0]} is not finite before the first step: look at how it is initialized."

    with np.errstate(all="ignore"):
        largest = float(np.abs(scores).max(initial=0))
        lowest, highest = min(losses[:-1], default=0.0), max(losses[:-1], default=0.0)
    if np.isfinite(largest):
        # The softmax loss of finite scores is finite, however large they are, but a careless way of computing it may
        # overflow. A loss that has been finite far beyond the limit is computed with care: then the reason is another.
        limit = np.log(np.finfo(scores.dtype if scores.dtype.kind == "f" else float).max)
        if largest > limit and highest < 2 * limit:
            start = "before the first step (are the initial weights too large?)" if first else "by now"
            return (
                f"There are scores of size {largest:.3g} {start}, and exp overflows from {limit:.0f} on: "
                "is the largest score of each row subtracted first?"
            )
        if largest <= limit:
            return (
                f"All scores are finite and none is larger than {largest:.3g}, so it is the computation of "
                "the loss that goes wrong: is it the logarithm of 0, or a division by 0?"
            )
    elif first:
        sizes = {name: np.abs(value).max(initial=0) for name, value in params.items()}
        widest = max(sizes, key=sizes.__getitem__)
        return (
            f"The scores overflow before the first step: {widest} starts with numbers of size {sizes[widest]:.3g}, "
            "which is too large."
        )
    if broken and before is not None and before < 10 * max(abs(losses[0]), 1):
        return (
            f"{broken[0]} is not finite though the loss before was {before:.4g}: "
            "look for a division by 0 or an overflow in its gradient."
        )
    rate = f" ({learning_rate:g}) is too high: try {learning_rate / 10:g}" if learning_rate else " is too high"
    rose = (
        f"The loss rose from {lowest:.3g} to {highest:.3g} before"
        if highest > 2 * abs(lowest)
        else "The scores have grown beyond all bounds"
    )
    return f"{rose}, so the learning rate{rate}."
