"""Handing in: ``python -m cs231n_utils.submit`` looks at the work as the grader will, and makes the zip."""
