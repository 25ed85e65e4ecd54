"""Exceptions that come from code of another year, of Python 2, or of PyTorch: what is different here, and how."""

import re

# Python 2's names, and ours for the same.
_NAMES = {"xrange": "range", "raw_input": "input", "unicode": "str", "long": "int"}
_METHODS = {"iteritems": "items", "iterkeys": "keys", "itervalues": "values"}
# Arguments as they are called here, and what CS231n has called them.
_ARGUMENTS = {"dropout_keep_ratio": "dropout", "normalization": "use_batchnorm"}
# What a tensor of PyTorch has and an array has not, and nobody expects of one.
_OF_TENSORS = "clamp cpu cuda detach double mm numel numpy permute t unsqueeze".split()


def of_another_year(text: str) -> str | None:
    """Say in a sentence what to rename, if an exception's text shows code of other years; else None."""
    if (name := re.fullmatch(r"name '(\w+)' is not defined.*", text)) and name[1] in _NAMES:
        return f"{name[1]} is Python 2's name: it is {_NAMES[name[1]]} now"
    if (name := re.fullmatch(r"'dict' object has no attribute '(\w+)'.*", text)) and name[1] in _METHODS:
        return f"{name[1]} is Python 2's name: it is {_METHODS[name[1]]} now"
    method = re.fullmatch(r"'numpy.ndarray' object has no attribute '(\w+)'.*", text)
    if (method and method[1] in _OF_TENSORS) or re.fullmatch(r"\w+\(\): .* must be Tensor, not numpy.ndarray", text):
        return (
            "that is PyTorch's, and here are NumPy's arrays: @takes_tensors, from cs231n_utils.training, above the "
            "function lets it have tensors"
        )
    if text == "'float' object cannot be interpreted as an integer":
        return "a / b has a fraction, even of whole numbers (in Python 2 it had none): a // b has none"
    argument = re.fullmatch(r"[\w.<>]+\(\) got an unexpected keyword argument '(\w+)'.*", text)
    if argument and argument[1] in _ARGUMENTS:
        return f"in other years of CS231n {argument[1]} is called {_ARGUMENTS[argument[1]]}: rename it"
    return None
