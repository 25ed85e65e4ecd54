"""Small helpers for classes that are written in notebook cells."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

__all__ = ["add_to_class", "also_called"]

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


def also_called(cls: type, **names: str) -> None:
    """Let a class be made with a keyword argument of ours, though it has another name there.

    Parameters
    ----------
    cls : type
        A class; where its constructor knows our name, or does not know the other one, it stays as it is.
    **names : str
        The other name of an argument, by ours.

    Examples
    --------
    >>> class Net:
    ...     def __init__(self, sizes, use_batchnorm=False):
    ...         self.use_batchnorm = use_batchnorm
    >>> also_called(Net, normalization="use_batchnorm")
    >>> Net([5], normalization="batchnorm").use_batchnorm
    'batchnorm'
    """
    make: Callable[..., None] = vars(cls).get("__init__", object.__init__)
    known = inspect.signature(make).parameters
    other = {ours: theirs for ours, theirs in names.items() if theirs in known and ours not in known}

    @wraps(make)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        make(self, *args, **{other.get(name, name): value for name, value in kwargs.items()})

    if other:
        setattr(cls, "__init__", __init__)  # noqa: B010 - mypy allows no assignment to it
