"""Wrong implementations that students really write.

A module `solutions/<assignment>/<notebook>/misconceptions.py` has a list `CATALOGUE`. An entry is an
edit of the reference's own source, as short as the mistake itself, so that nothing is written twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograder.authoring.content import load, load_beside
from autograder.authoring.place import place_of
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


def load_catalogue(notebook: Path) -> list[Misconception]:
    """The known mistakes of a solution notebook; an empty list if there are none."""
    return list(getattr(load_beside(notebook, "misconceptions"), "CATALOGUE", []))


def load_equivalents(notebook: Path) -> dict[str, str]:
    """The small changes to a solution notebook that make no difference, with the reasons: `EQUIVALENT` in
    `solutions/<assignment>/equivalents.py`, by notebook."""
    return dict(getattr(load(notebook.parent, "equivalents"), "EQUIVALENT", {}).get(notebook.stem, {}))
