"""Small changes to the solutions that make no difference to anybody, so that no check need catch them.

By notebook and by the mutant's name, as `autograder check --mutations` prints it, each with the reason.
"""

EQUIVALENT = {}
