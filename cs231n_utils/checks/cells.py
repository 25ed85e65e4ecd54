"""What an exception says about the cells of a notebook: their order, a missing import, another notebook's class."""

import re
from collections.abc import Iterator, Mapping

UNMADE = "no cell above has made"  # how a sentence about a name begins

_IMPORTS = {"np": "import numpy as np", "plt": "import matplotlib.pyplot as plt"} | {
    name: f"import {name}"
    for name in (
        "collections",
        "copy",
        "functools",
        "itertools",
        "math",
        "numpy",
        "os",
        "random",
        "scipy",
        "time",
        "torch",
    )
}


def of_a_cell(text: str, variables: Mapping[str, object]) -> str | None:
    """Return a sentence about an exception's message, or None if cells have nothing to do with it.

    Parameters
    ----------
    text : str
        The exception's message.
    variables : dict
        What the names on the line that raised it stood for.
    """
    if match := re.fullmatch(r"name '(\w+)' is not defined", text):
        if line := _IMPORTS.get(match[1]):
            return f"{UNMADE} {match[1]}: code that you paste may need its imports, too: {line}"
        return f"{UNMADE} {match[1]}: is it spelt differently there, has its cell been run, or is there a ✗?"
    if match := re.fullmatch(r"'([A-Z]\w*)' object has no attribute '(\w+)'.*", text):
        return (
            f"{match[1]} has no {match[2]} so far: was its cell run after that of the class? "
            "Or is it the class of another notebook, under the same name?"
        )
    if match := re.search(r"(?:(\w+)\.)?__init__\(\) got an unexpected keyword argument '(\w+)'", text):
        return f"{match[1] or 'the class'} takes no {match[2]}: is it that of another notebook, under the same name?"
    if match := re.fullmatch(r"'((?:W|w|b|gamma|beta)\d*)'", text):  # the whole message of a KeyError
        for where, names in _parameters(variables):
            if match[1] not in names:
                there = ", ".join(names[:8]) or "nothing yet"
                return (
                    f"{where} has no {match[1]} (it has: {there}): is it stored under another name? "
                    "Or is the class that of another notebook, under the same name?"
                )
    return None


def _parameters(variables: Mapping[str, object]) -> Iterator[tuple[str, list[str]]]:
    """The dictionaries on a line, and the `params` of the objects on it, each with the names in it."""
    for name, value in variables.items():
        for where, found in ((name, value), (f"{name}.params", getattr(value, "__dict__", {}).get("params"))):
            if type(found) is dict and all(type(key) is str for key in found):
                yield where, list(found)
