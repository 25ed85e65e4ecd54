"""Small helpers for writing a class across several notebook cells."""

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["add_to_class"]

Function = TypeVar("Function", bound=Callable[..., Any])


def add_to_class(cls: type) -> Callable[[Function], Function]:
    """Make the function below this decorator a method of `cls`.

    A class can then be explained and written one method per cell. Running the cell again replaces the
    method, even for objects that exist already.

    Parameters
    ----------
    cls : type
        The class that receives the method.

    Returns
    -------
    callable
        A decorator; it returns the function unchanged.

    Raises
    ------
    TypeError
        If `cls` is not a class.

    Examples
    --------
    >>> class Doubler:
    ...     pass
    >>> @add_to_class(Doubler)
    ... def double(self, x):
    ...     return 2 * x
    >>> Doubler().double(4)
    8
    """
    if not isinstance(cls, type):
        raise TypeError(f"add_to_class needs a class, such as @add_to_class(TwoLayerNet); got {cls!r}")

    def attach(function: Function) -> Function:
        function.__qualname__ = f"{cls.__qualname__}.{function.__name__}"  # what a traceback shows
        setattr(cls, function.__name__, function)
        return function

    return attach
