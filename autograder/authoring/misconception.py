"""Wrong implementations that students really write.

A module `solutions/<assignment>/<notebook>/misconceptions.py` has a list `CATALOGUE`. An entry is an
edit of the reference's own source, as short as the mistake itself, so that nothing is written twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder.authoring.content import load, load_beside
from autograder.course import CourseError


class FitsNoMore(CourseError, ValueError):
    """A known mistake is no edit of the solution as it is now."""


@dataclass(frozen=True)
class Misconception:
    """One known mistake, with a ladder of three hints.

    Attributes
    ----------
    name : str
        In snake case, unique in its notebook.
    cell : str
        Grade id of the TODO cell without its ending `_code`.
    edits : dict of str to str
        Text in the reference's cell, and what the mistake has instead. Each text must occur once.
    hint : str
        What a good teaching assistant would say about it: the third hint, which names the mistake.
    violates : str
        The second hint: a property that the right answer has and this one lacks, as something to try or to think of.
    where : str
        The first hint, if the one made from the edits does not say well where to look.
    costs : float, optional
        How many points of the notebook it costs, where the catalogue says so: `autograder check` proves it.
    contract : str
        The sentence of the notebook's text that makes it a mistake, where its visible check cannot see it: see
        `autograder.proof.agreement`.
    """

    name: str
    cell: str
    edits: dict[str, str]
    hint: str
    violates: str = ""
    where: str = ""
    costs: float | None = None
    contract: str = ""

    def hints(self, source: str) -> tuple[str, str, str]:
        """Where to look, which property is violated, and the mistake by name.

        Parameters
        ----------
        source : str
            The reference's cell.
        """
        return self.where or place_of(source, self.edits, self.cell), self.violates, self.hint

    def apply(self, source: str) -> str:
        """The cell's source with the mistake in it.

        Raises
        ------
        FitsNoMore
            If an edit does not fit the source exactly once.
        """
        for old, new in self.edits.items():
            if source.count(old) != 1:
                raise FitsNoMore(
                    f"misconception {self.name}: {old!r} stands {source.count(old)} times in the "
                    f"reference's cell {self.cell}_code; it must stand there once"
                )
            source = source.replace(old, new)
        return source


def right_names(notebook: Path) -> dict[str, frozenset[str]]:
    """The names that each known mistake of a notebook may be given: its own, and those in `ALSO_CALLED`."""
    also = getattr(load_beside(notebook, "misconceptions"), "ALSO_CALLED", {})
    return {
        mistake.name: frozenset([mistake.name, *also.get(mistake.name, ())]) for mistake in load_catalogue(notebook)
    }


def place_of(source: str, texts: Iterable[str], cell: str) -> str:
    """A sentence that says where in a cell some texts are, using only names that the starter notebook has as well.

    A name that only the solution uses is followed down to the first of the starter's names that is computed from it.
    """
    function = re.search(r"def (\w+)", source)
    if function is None:
        return f"Look at your choice in {cell.replace('_', ' ')} again."
    owner = re.search(r"(?:class |add_to_class\()(\w+)", source)
    name = f"{owner[1]}.{function[1]}" if owner else function[1]
    starter = re.sub(r"### BEGIN SOLUTION.*?### END SOLUTION", "", source, flags=re.DOTALL)
    known = set(re.findall(r"\w+", starter))
    places = {
        place: None
        for text in texts
        for place in _targets(source, source.index(text) + len(text) - len(text.lstrip()), known)
    }
    gradients = sorted(place.removeprefix("grads.") for place in places if place.startswith("grads."))
    words = [_NAMES.get(place, place) for place in places if not place.startswith("grads.")]
    if gradients:
        words.append(
            "the gradients"
            if len(gradients) > 2
            else f"the gradient{'s' if len(gradients) > 1 else ''} of {' and '.join(gradients)}"
        )
    if not words:
        return f"Look at {name}."
    several = len(words) > 1 or len(gradients) > 1 or words[0] in ("the scores", "the gradients")
    listed = " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
    return f"Look at how {listed} {'are' if several else 'is'} computed in {name}."


_NAMES = {"loss": "the loss", "scores": "the scores", "grads": "the gradients"}
_ASSIGNMENT = re.compile(r"\s*([\w.,()\[\]\" ]+?)\s*[-+*/]?=(?!=)")


def _targets(source: str, start: int, known: set[str]) -> list[str]:
    """What the line at `start` computes; if its name is not known, what is computed from it further down.

    The entries of a dictionary of gradients are called "grads.W1".
    """
    begin = source.rindex("\n", 0, start) + 1
    followed: set[str] = set()
    found: list[str] = []
    for line in source[begin:].splitlines():
        assigned = _ASSIGNMENT.match(line)
        if assigned is None or (followed and not followed & set(re.findall(r"\w+", line[assigned.end() :]))):
            continue
        target = assigned[1]
        names = re.findall(r"[A-Za-z]\w*", target.split("[")[0])
        keys = re.findall(r'\["(\w+)"\]', target)
        if not keys and not followed:  # in `grads = {"W1": ..., "b1": ...}` the key before the text says which
            keys = re.findall(r'"(\w+)":', line[: start - begin] + line[start - begin :].split(" ")[0])[-1:]
        if "self" in names:
            return keys or ["self.params"]
        if keys and "grads" in names:
            found.append(f"grads.{keys[0]}")
        else:
            found += [name for name in names if name in known and name != "_" and not found]
            followed |= set(names) - known
        if found and not (followed and found[0].startswith("grads.")):
            return found
    return found


def load_catalogue(notebook: Path) -> list[Misconception]:
    """The known mistakes of a solution notebook; an empty list if there are none."""
    return list(getattr(load_beside(notebook, "misconceptions"), "CATALOGUE", []))


def load_equivalents(notebook: Path) -> dict[str, str]:
    """The small changes to a solution notebook that make no difference, with the reasons: `EQUIVALENT` in
    `solutions/<assignment>/equivalents.py`, by notebook."""
    return dict(getattr(load(notebook.parent, "equivalents"), "EQUIVALENT", {}).get(notebook.stem, {}))
