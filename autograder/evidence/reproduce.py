"""Do the solution notebooks reproduce the published results on CIFAR-10?

    CIFAR10_DIR=... python -m autograder.evidence.reproduce                  # everything; hours on two cores
    CIFAR10_DIR=... python -m autograder.evidence.reproduce two_layer_net    # one assignment
    CIFAR10_DIR=... python -m autograder.evidence.reproduce --short          # the default training, under a minute
    CIFAR10_DIR=... python -m autograder.evidence.reproduce --renew          # and write the tables into EVIDENCE.md

What was published, and how it is measured here, is in `solutions/<assignment>/published.py`. The table is printed line
by line, in Markdown. The exit status is 1 if a line does not hold.
"""

from __future__ import annotations

import argparse
import sys

from autograder.authoring.content import load
from autograder.course import Course, CourseError
from autograder.evidence.blocks import EVIDENCE, renew
from cs231n_utils.data import load_cifar10


def assignments() -> list[str]:
    """The assignments about which something was published."""
    course = Course.find()
    return [name for name in course.assignments() if (course.solutions / name / "published.py").is_file()]


def reproduce(names: list[str], short: bool = False, keep: bool = False) -> bool:
    """Print the table of some assignments, and return whether every line of it holds.

    With `keep`, each assignment's table is also written into EVIDENCE.md.

    Raises
    ------
    CourseError
        If nothing is known about an assignment, or the data in use is not CIFAR-10.
    """
    if unknown := set(names) - set(assignments()):
        raise CourseError(
            f"nothing was published about {', '.join(sorted(unknown))}; there is {', '.join(assignments())}"
        )
    if load_cifar10().source != "CIFAR-10":
        raise CourseError(
            "this needs CIFAR-10 itself: `python -m cs231n_utils.data download` fetches it, or set "
            "CIFAR10_DIR to the folder with its python files"
        )
    head = ["| | published | found | |", "|---|---|---|---|"]
    print(*head, sep="\n")
    holds = True
    for name in names:
        lines = head.copy()
        module = load(Course.find().solutions / name, "published")
        assert module is not None
        for claim in module.short() if short else module.claims():
            print(claim, flush=True)
            lines.append(str(claim))
            holds &= claim.holds
        if keep:
            renew(EVIDENCE, f"published {name}", "\n".join(lines))
    return holds


def main() -> None:
    about = __doc__.splitlines()[0]
    parser = argparse.ArgumentParser(prog="python -m autograder.evidence.reproduce", description=about)
    parser.add_argument("names", nargs="*", metavar="ASSIGNMENT", help="all of them if left out")
    extent = parser.add_mutually_exclusive_group()
    extent.add_argument("--short", action="store_true", help="the default training alone")
    extent.add_argument("--renew", action="store_true", help="write the tables into EVIDENCE.md, too")
    options = parser.parse_args()
    try:
        names = options.names or (["two_layer_net"] if options.short else assignments())
        holds = reproduce(names, options.short, options.renew)
    except (CourseError, ValueError) as error:
        sys.exit(f"reproduce: {error}")
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
