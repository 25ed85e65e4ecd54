"""``python -m cs231n_utils.submit``: look at your work as the grader will, and make the zip to hand in."""

import sys

from cs231n_utils.submit.command import main

if __name__ == "__main__":
    sys.exit(main())
