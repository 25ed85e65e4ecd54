"""What is said of parameters that no training has moved."""

from collections.abc import Sequence


def stands_still(names: list[str], moving: Sequence[str] = (), *, by_penalty: bool = False) -> str:
    """What is said of parameters that a training leaves as they were.

    Parameters
    ----------
    names : list of str
    moving : sequence of str
        Others, which it does not.
    by_penalty : bool
        Whether a right training only makes them smaller.
    """
    listed = _listed(names)
    verb, pronoun = ("are still what they were", "them") if names[1:] else ("is still what it was", "it")
    if by_penalty:
        return f"{listed} {verb} before, and only the penalty moves {pronoun} here: does reg reach the step?"
    though = f", though {moving[0]} has moved" if moving else ""
    return f"{listed} {verb} before{though}: does the update reach {pronoun}?"


def at_zero(names: list[str]) -> str:
    """What is said of the parameters of a trained net that are 0 everywhere."""
    verb, pronoun = ("are", "them") if names[1:] else ("is", "it")
    return f"{_listed(names)} {verb} 0 everywhere, as in a new net: does the update reach {pronoun}?"


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
