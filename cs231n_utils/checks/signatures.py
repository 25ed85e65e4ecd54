"""What is said beside a visible check that fails: how the answer is related to the right one, what an error means."""

import re
from collections.abc import Callable, Iterable

import numpy as np

from cs231n_utils.checks.cells import of_a_cell
from cs231n_utils.checks.elsewhere import of_an_earlier_check
from cs231n_utils.checks.other_years import of_another_year
from cs231n_utils.checks.places import where_and_what
from cs231n_utils.checks.relations import relation
from cs231n_utils.checks.shapes import wrong_shape
from cs231n_utils.checks.wrong_answer import WrongAnswer

UNWRITTEN = "not written yet"  # how a sentence about an answer that is not there begins

_NOISE = 2e-8  # literal numbers carry eight digits, numerical gradients about as many


def hint_of_values(
    got: np.ndarray,
    expected: np.ndarray,
    given: dict[str, object] | None = None,
    *,
    name: str = "",
    earlier: Iterable[tuple[str, np.ndarray]] = (),
) -> str | None:
    """Say in a sentence how a wrong answer is related to the right one, or to what it was computed from.

    Parameters
    ----------
    got, expected : ndarray
        Numbers of one shape.
    given : dict, optional
        What the answer was computed from, by name. Some names have a meaning: `N` and `C` are the numbers of
        examples and classes, `y` the labels, `reg` the strength of the penalty, `data_loss` the loss without
        it, `before` a parameter before a step, and the name of a gradient is that of its parameter. Values that
        are not numbers are ignored.
    name : str
        Which gradient it is, if it is one; `expected` is then the numerical gradient.
    earlier : iterable of (str, ndarray), optional
        What the checks before this one asked for, each with its title.

    Returns
    -------
    str or None
        None if there is no exact relation.
    """
    if "c" in (got.dtype.kind, expected.dtype.kind):
        return None
    numbers = _numbers(given)
    sizes = {
        letter: {int(value)}
        for letter, value in numbers.items()
        if letter in ("N", "C") and value.ndim == 0 and 1 <= value < 1e9
    }
    data_loss = numbers.pop("data_loss", None)
    found, right = got.astype(float), expected.astype(float)
    answer = WrongAnswer(
        found,
        right,
        np.zeros(got.shape, bool),
        *(("analytic", "numerical") if name else ("got", "expected")),
        given=list(numbers.items()),
        sizes=sizes,
        of=name,
        dtype=got.dtype,
        noise=_NOISE,
        had=_had(found, right, numbers, data_loss, name),
        elsewhere=lambda: ((of_an_earlier_check(title), value) for title, value in earlier if np.ptp(value)),
    )
    with np.errstate(all="ignore"):
        answer.wrong[...] = ~answer.close(found, right)
        if (said := relation(answer)) or not (np.isfinite(found).all() and np.isfinite(right).all()):
            return said
        return where_and_what(answer) if answer.wrong.any() else None


def hint_of_shape(got: np.ndarray, expected: np.ndarray, given: dict[str, object] | None = None) -> str | None:
    """Say in a sentence how an answer may have got its wrong shape."""
    return wrong_shape(got, expected, list(_numbers(given).items()), noise=_NOISE)


def hint_of_error(text: str, variables: dict[str, object], line: str = "") -> str | None:
    """Say in a sentence what an exception means.

    Parameters
    ----------
    text : str
        The exception's message.
    variables : dict
        What the names on the line that raised it stood for.
    line : str
        That line.
    """
    if "truth value of an array" in text:
        return (
            "Python's max and min, and also if, and, or, need a single true or false, not an array of them: "
            "NumPy has functions that work entry by entry"
        )
    if "NoneType" in text or "ellipsis" in text:
        nothing = "None" if "NoneType" in text else "..."
        # A function as it was handed out returns as many None as it has results, which can be unpacked.
        no_return = " (no return?)" if "cannot unpack non-iterable NoneType" in text else ""
        return f"{UNWRITTEN}, it seems: something that is used here still gives {nothing}{no_return}"
    if text.startswith("not enough values to unpack"):
        return "fewer values came back than are taken here: is one missing after return?"
    if text == "'int' object is not iterable":
        return "there is one number where a collection is expected: a set of one is written {2}, a list [2]"
    if one := re.fullmatch(r"'([\w.]+)' object is not iterable", text):
        kind = one[1].rsplit(".", 1)[-1]
        if kind not in ("function", "method", "builtin_function_or_method", "type"):
            return f"there is one {kind} where several are expected: a tuple of one needs its comma, (a,)"
    if other := of_another_year(text):
        return other
    if told := of_a_cell(text, variables):
        return told
    if match := re.search(r"local variable '(\w+)'", text):
        return f"{match[1]} has no value yet in this function: does it need a first one, or is self.{match[1]} meant?"
    if re.match(r"unsupported operand .*'list'", text):
        return "there is a list where an array is needed: np.concatenate joins arrays, np.array takes numbers"
    if "larger sample than population" in text:
        return "there are fewer examples than a batch needs: draw with replacement"
    if match := re.search(r"could not broadcast input array from shape \((\d+),\) into shape \((\d+),\)", text):
        return f"there are {match[1]} numbers for {match[2]} places: has a sum, or the like, gone over the other axis?"
    product = "matmul" in text or "not aligned" in text
    # A broadcast names the shapes that do not fit; a product need not.
    shapes = {
        name: value.shape
        for name, value in variables.items()
        if type(value) is np.ndarray
        and (product or ("broadcast" in text and str(value.shape).replace(" ", "") in text))
    }
    said = []
    if len(shapes) > 1:
        said.append("the shapes are " + ", ".join(f"{name} {shape}" for name, shape in shapes.items()))
    elif product:
        said += [f"{name} has the shape {shape}" for name, shape in shapes.items()]
    deep = [name for name, shape in shapes.items() if len(shape) > 2]
    if product and deep:
        said.append(f"should {deep[0]} be a matrix first, with one row for each example?")
    elif "==" not in line and (cause := _of_a_broadcast(text)):  # scores beside classes: no column would help
        said.append(cause)
    return ": ".join(said) or None


def _of_a_broadcast(text: str) -> str | None:
    """What two shapes that do not go together say about the mistake."""
    two = re.search(r"broadcast together with shapes (\(\d+,\d*\)) (\(\d+,\d*\))", text)
    if two is None:
        return None
    one, other = sorted((tuple(map(int, re.findall(r"\d+", shape))) for shape in two.groups()), key=len)
    if len(one) == 2 and one == other[::-1]:
        return "rows and columns have changed places in one of them: which of the two should be transposed?"
    if len(one) == 1 and len(other) == 2 and one[0] == other[0]:
        return (
            f"numbers that belong to the rows of {other} stand beside them as a column, ({one[0]}, 1): "
            "a sum or a maximum keeps that axis with keepdims=True"
        )
    return None


def _numbers(given: dict[str, object] | None) -> dict[str, np.ndarray]:
    """The finite numbers among what was given, which may come from a student's code; all but labels as float64."""
    numbers = {}
    for name, value in (given or {}).items():
        if isinstance(value, (int, float, list, np.number, np.ndarray)) and not isinstance(value, bool):
            try:
                array = np.array(value, subok=False)
            except Exception:  # a ragged list, or one with an object that raises when it is looked at
                continue
            if array.dtype.kind in "iuf" and array.size and np.isfinite(array).all():
                labels = name == "y" and array.ndim == 1 and ((array == np.round(array)) & (np.abs(array) < 1e9)).all()
                numbers[name] = array.astype(int if labels else float)
    return numbers


def _had(
    got: np.ndarray, expected: np.ndarray, numbers: dict[str, np.ndarray], data_loss: np.ndarray | None, name: str
) -> Callable[[str, float], np.ndarray | None]:
    """What would be right with another `reg` or `learning_rate`, where that follows from the right answer itself."""
    without = {"learning_rate": numbers.get("before")}
    parameter, reg = numbers.get(name), numbers.get("reg")
    answer = WrongAnswer(got, expected, got != expected, noise=_NOISE)
    if reg is not None and reg.ndim == 0:
        if parameter is not None and parameter.ndim == 2 and parameter.shape == got.shape:
            without["reg"] = _without_penalty(answer, float(reg) * parameter)
        elif data_loss is not None and data_loss.shape == got.shape == ():
            squares = float(reg) * sum(np.vdot(value, value) for value in numbers.values() if value.ndim == 2)
            # The data loss may come from the student's code and be wrong itself: then what is left is no penalty of
            # either convention.
            if any(answer.is_number(float(expected - data_loss), k * squares) for k in (0.5, 1)):
                without["reg"] = data_loss

    def had(argument: str, factor: float) -> np.ndarray | None:
        rest = without.get(argument)
        return None if rest is None or rest.shape != expected.shape else rest + factor * (expected - rest)

    return had


def _without_penalty(answer: WrongAnswer, penalty: np.ndarray) -> np.ndarray | None:
    """A gradient without its penalty's part, which is one or two times `penalty`, depending on the convention."""
    rests: list[np.ndarray] = [answer.expected - k * penalty for k in (1, 2)]
    # Where an entry depends on nothing but the penalty (a unit that is off), its own derivative can be read off.
    alone = [rest for rest in rests if np.sum((np.abs(rest) <= _NOISE) & (np.abs(penalty) > answer.small)) > 1]
    if len(alone) == 1:
        return alone[0]
    # Otherwise from an answer in which all but the penalty is a multiple of what it should be.
    return next((rest for rest in rests if answer.ratio(answer.got - (answer.expected - rest), rest)), None)
