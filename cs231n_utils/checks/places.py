"""Where the wrong entries are, and what they have in common."""

import numpy as np

from cs231n_utils.checks.wrong_answer import WrongAnswer, number

PASSES = "does something pass here that should be stopped?"


def place(answer: WrongAnswer) -> str:
    """Say what the wrong entries have in common, unless all are wrong: "where x is negative"."""
    wrong, shape = answer.wrong, answer.got.shape
    if not shape:
        return ""

    def covers(part: np.ndarray) -> bool:
        return 2 <= part.sum() < part.size and bool(wrong[part].mean() > 0.9) and not wrong[~part].any()

    if not answer.counts and covers(np.abs(answer.expected) <= min(answer.noise, 1e-9)):
        return f"where {answer.where_it_should_be} 0"
    for name, value in answer.alike:
        for sign, part in (("negative", value < 0), ("positive", value > 0)):
            if covers(part):
                return f"where {name} is {sign}"
    for right in answer.right_classes:
        for classes, part in (("right", right), ("wrong", ~right)):
            if covers(part):
                return f"in the entries of the {classes} classes" + (", [i, y[i]]" if classes == "right" else "")
    rows = np.any(wrong.reshape(len(wrong), -1), axis=1)
    for labels in answer.labels:
        for label in np.unique(labels) if labels.shape == rows.shape and 1 < rows.sum() < len(rows) else ():
            if np.array_equal(rows, labels == label):
                return f"in the rows of class {label}"
    if len(shape) == 1:
        first = int(np.argmax(wrong))
        return f"from entry {first} on" if 0 < first < len(wrong) - 1 and wrong[first:].all() else ""
    columns = np.any(wrong.reshape(-1, shape[-1]), axis=0)
    for lines, word in ((rows, "row"), (columns, "column")):
        hit = np.flatnonzero(lines)
        if 0 < len(hit) <= len(lines) // 2:
            listed = ", ".join(map(str, hit[:5])) + (" ..." if len(hit) > 5 else "")
            return f"in {word}{'s' if len(hit) > 1 else ''} {listed}"
    return ""


def there(answer: WrongAnswer) -> str:
    """What the wrong entries are, if they are something simple."""
    return (answer.wrong.sum() > 1 and described(answer, answer.wrong)) or ""


def described(answer: WrongAnswer, part: np.ndarray) -> str | None:
    """Say what the answer is on a part of its entries, in terms of what was given."""
    got = answer.got[part]
    if np.ptp(got) == 0 and (len(got) > 1 or got[0] in (0, 1)):
        return number(got[0])
    given = [(name, value[part]) for name, value in answer.alike]
    for name, value in given:
        c = answer.ratio(got, value)
        if c and (len(got) > 1 or answer.is_number(c, 1) or answer.is_number(c, -1)):
            signs = {1: name, -1: f"−{name}"}
            return next((said for sign, said in signs.items() if answer.is_number(c, sign)), f"{number(c)} · {name}")
    for position, (name, value) in enumerate(given[:8]):  # a training may be given very many
        for other, another in given[position + 1 : 8]:
            if answer.same(got, value * another):
                return f"{other} · {name}"
    return None


def where_and_what(answer: WrongAnswer) -> str | None:
    """For an answer without a known relation: where it is wrong, and which rows cannot be right."""
    where, rows = place(answer), rows_that_should_sum_to_zero(answer)
    if not where:
        return rows
    said = f"{answer.subject} wrong only {where}"
    if where == f"where {answer.where_it_should_be} 0":
        said = f"{answer.subject} wrong exactly {where}: {PASSES}"
    return f"{said}; {rows}" if rows else said


def rows_that_should_sum_to_zero(answer: WrongAnswer) -> str | None:
    """A gradient of scores that sums to something other than 0."""
    got, expected = answer.got, answer.expected
    scale = np.abs(expected).max(initial=0)
    if got.ndim not in (1, 2) or got.shape[-1] < 2 or not answer.small < scale < np.inf:
        return None
    allowed = 1e-9 * scale + answer.noise * got.shape[-1]
    sums = np.atleast_1d(got.sum(axis=-1))
    if np.abs(expected.sum(axis=-1)).max() > allowed or np.abs(sums).max() <= max(1e-3 * scale, allowed):
        return None
    if got.ndim == 1:
        like = ", as probabilities do" if answer.is_number(sums[0], 1) else ""
        verb = "sum" if answer.it == "they" else "sums"
        return f"{answer.name} should sum to 0, but {verb} to {number(sums[0])}{like}"
    return f"each row should sum to 0, but row {int(np.abs(sums).argmax())} does not"
