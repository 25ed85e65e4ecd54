"""What a notebook's checks are put to the proof with: the solution with each known mistake, and each right variant."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.authoring.misconception import Misconception
from autograder.authoring.variant import load_corpus
from autograder.grading.reference import Reference
from autograder.sandbox.worker.host import Host


@dataclass(frozen=True)
class Trial:
    """A solution with some cells written differently.

    Attributes
    ----------
    name : str
    right : bool
        Whether it is a right variant; else a mistake.
    cells : dict of str to str
        What is in the cells, by the TODO cell's grade id without its ending `_code`.
    contract : str
        See `Misconception` and `Variant`.
    """

    name: str
    right: bool
    cells: dict[str, str]
    contract: str = ""

    def host(self, reference: Reference) -> Host:
        """A new namespace of it."""
        return reference.edited({f"{cell}_code": source for cell, source in self.cells.items()})

    def __str__(self) -> str:
        return f"the right variant {self.name}" if self.right else f"the known mistake {self.name}"


def trials(reference: Reference) -> list[Trial]:
    """The known mistakes and the right variants of a notebook; not the choices of inline questions."""
    sources = dict(reference.cells)
    wrong = [of_mistake(one, sources) for one in reference.catalogue if "def " in sources[f"{one.cell}_code"]]
    return wrong + [
        Trial(one.name, True, {cell: one.code(cell) for cell in one.cells}, one.contract)
        for one in load_corpus(reference.path)
    ]


def of_mistake(mistake: Misconception, sources: dict[str, str]) -> Trial:
    """A mistake as a trial."""
    edited = mistake.apply(sources[f"{mistake.cell}_code"])
    return Trial(mistake.name, False, {mistake.cell: edited}, mistake.contract)
