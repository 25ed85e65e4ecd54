"""Do the solution notebooks reproduce the published results on CIFAR-10?

    CIFAR10_DIR=... python -m autograder.evidence.reproduce                  # everything; hours on two cores
    CIFAR10_DIR=... python -m autograder.evidence.reproduce two_layer_net    # one assignment
    CIFAR10_DIR=... python -m autograder.evidence.reproduce --short          # the default training alone, under a minute

What was published, and how it is measured here, stands in `solutions/<assignment>/published.py`. The table is printed line by line,
in Markdown. The exit status is 1 if a line does not hold.
"""

from __future__ import annotations

import sys

from autograder.authoring.content import load
from autograder.course import Course, CourseError
from cs231n_utils.data import load_cifar10


def assignments() -> list[str]:
    """The assignments about which something was published."""
    course = Course.find()
    return [name for name in course.assignments() if (course.solutions / name / "published.py").is_file()]


def reproduce(names: list[str], short: bool = False) -> bool:
    """Print the table of some assignments, and return whether every line of it holds.

    Raises
    ------
    CourseError
        If nothing is known about an assignment, or the data in use is not CIFAR-10.
    """
    if unknown := set(names) - set(assignments()):
        raise CourseError(f"nothing was published about {', '.join(sorted(unknown))}; there is {', '.join(assignments())}")
    if load_cifar10().source != "CIFAR-10":
        raise CourseError("this needs CIFAR-10 itself: `python -m cs231n_utils.data download` fetches it, or set "
                          "CIFAR10_DIR to the folder with its python files")
    print("| | published | found | |\n|---|---|---|---|")
    holds = True
    for name in names:
        module = load(Course.find().solutions / name, "published")
        assert module is not None
        for claim in module.short() if short else module.claims():
            print(claim, flush=True)
            holds &= claim.holds
    return holds


def main() -> None:
    arguments = sys.argv[1:]
    short = "--short" in arguments
    names = [argument for argument in arguments if argument != "--short"]
    try:
        holds = reproduce(names or (["two_layer_net"] if short else assignments()), short)
    except (CourseError, ValueError) as error:
        sys.exit(f"reproduce: {error}")
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
