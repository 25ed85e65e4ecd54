"""Exceptions that come from code of another year, or of Python 2: what has another name here, and which."""

import re

# Python 2's names, and ours for the same.
_NAMES = {"xrange": "range", "raw_input": "input", "unicode": "str", "long": "int"}
_METHODS = {"iteritems": "items", "iterkeys": "keys", "itervalues": "values"}
# Arguments as they are called here, and what CS231n has called them.
_ARGUMENTS = {"dropout_keep_ratio": "dropout", "normalization": "use_batchnorm"}


def of_another_year(text: str) -> str | None:
    """Say in a sentence what to rename, if an exception's text shows code of other years; else None."""
    if (name := re.fullmatch(r"name '(\w+)' is not defined.*", text)) and name[1] in _NAMES:
        return f"{name[1]} is Python 2's name: it is {_NAMES[name[1]]} now"
    if (name := re.fullmatch(r"'dict' object has no attribute '(\w+)'.*", text)) and name[1] in _METHODS:
        return f"{name[1]} is Python 2's name: it is {_METHODS[name[1]]} now"
    if text == "'float' object cannot be interpreted as an integer":
        return "a / b has a fraction, even of whole numbers (in Python 2 it had none): a // b has none"
    argument = re.fullmatch(r"[\w.<>]+\(\) got an unexpected keyword argument '(\w+)'.*", text)
    if argument and argument[1] in _ARGUMENTS:
        return f"in other years of CS231n {argument[1]} is called {_ARGUMENTS[argument[1]]}: rename it"
    return None
