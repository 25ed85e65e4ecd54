"""What an exception says about the cells of a notebook: their order, a missing import, another notebook's class."""

import re

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


def of_a_cell(text: str) -> str | None:
    """Return a sentence about an exception's message, or None if cells have nothing to do with it."""
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
    return None
