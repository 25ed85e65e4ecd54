"""What runs beside a student's code: the only files of this package that a graded process needs.

``wire`` turns values into bytes, ``host`` works on live objects, ``shell`` runs notebook cells and
``__main__`` ties them to two pipes. None of them imports the rest of the autograder.
"""
