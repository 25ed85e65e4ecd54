"""The program in the student's process, in one of two ways.

python WORKER_FOLDER IN_FD OUT_FD LIMITS     one notebook: confine this process, then answer requests
python WORKER_FOLDER fork CONTROL_FD ORDERS  a fork server: each notebook is a child of its own, see `forking`
"""

from __future__ import annotations

import json
import sys

from answering import answer_requests, open_shell
from confine import confine
from forking import next_notebook, warm_up


def main() -> None:
    if sys.argv[1] == "fork":
        control, orders = int(sys.argv[2]), json.loads(sys.argv[3])
        shell = open_shell()
        warm_up(orders["modules"])
        answer_requests(shell, *next_notebook(control, orders))  # returns in a child only
    else:
        requests, answers, limits = int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
        confine(limits)
        answer_requests(open_shell(), requests, answers)


main()
