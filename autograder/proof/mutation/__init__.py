"""Are the checks sharp enough? Every known mistake, and every small change to the reference, must fail one.

A *mutant* is the reference with one place of one solution changed: a term dropped, an axis swapped, a result
written into an argument. If all checks of its cell still pass, either they cannot see a mistake that a student
may make, or the change makes no difference to anybody. Changes of the second kind are declared, one by one and
with the reason, in `solutions/<assignment>/equivalents.py`.

`operators` are the kinds of change, `mutants` makes all of them in a cell, `pairs` makes two at once, `run` puts them
to the checks, and `report` says what became of them.
"""
