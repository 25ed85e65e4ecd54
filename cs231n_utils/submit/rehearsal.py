"""A notebook run as the grader runs it: from top to bottom, in a fresh kernel, with nothing but the files handed in."""

import logging
import os
import subprocess
import time
import warnings
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from pathlib import Path

from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

CELL_SECONDS = 20  # both as in grading
NOTEBOOK_SECONDS = 180

# What the kernel does as grading does. It installs nothing and starts no other program: %pip and its kin go through
# `system`. And a cell goes on with its next statement after one has failed.
_AS_IN_GRADING = """
def _prepare(shell):
    def not_run(command, *args, **options):
        print(f"(shell commands are not run when a notebook is graded: !{command})")
        return []

    async def run_code(code, result=None, **options):
        stopped = await run(code, result, **options)
        return stopped and isinstance(getattr(result, "error_in_exec", None), (SystemExit, KeyboardInterrupt))

    run, shell.run_code = shell.run_code, run_code
    shell.system = shell.getoutput = not_run

_prepare(get_ipython())
del _prepare
"""


class CannotRun(Exception):
    """No kernel could be started; the message says why."""


@dataclass
class Rehearsal:
    """What became of a notebook's cells. Numbers are positions in `cells`.

    Attributes
    ----------
    cells : list of NotebookNode
        The code cells that ran, with their new outputs, and all others as they were.
    long : set of int
        Cells that were not run: loading, training, tuning.
    elsewhere : set of int
        Cells left as handed out, whose work another cell does.
    stopped : dict of int to str
        Cells that ended the kernel or were not reached, and why.
    """

    cells: list[NotebookNode]
    long: set[int] = field(default_factory=set)
    elsewhere: set[int] = field(default_factory=set)
    stopped: dict[int, str] = field(default_factory=dict)


def rehearse(
    cells: list[NotebookNode],
    folder: Path,
    *,
    whole: bool = False,
    untouched: dict[int, list[str]] | None = None,
    long: dict[int, list[str]] | None = None,
    too_long: Container[int] = (),
    progress: Callable[[int], object] = lambda number: None,
) -> Rehearsal:
    """Run code cells in their order.

    Errors in a cell stop only that cell. One that never ends, or takes the kernel down with it, is left out, and a
    new kernel runs the others again.

    Parameters
    ----------
    cells : list of NotebookNode
        All cells of the notebook.
    folder : Path
        Where the kernel runs.
    whole : bool
        Run long cells, too, for as long as they take.
    untouched : dict of int to list of str
        Which cells are as they were handed out, and what they define. They are left out if all of that exists
        already, so that they don't hide code written elsewhere.
    long : dict of int to list of str
        Which cells are not run, and what is run in place of each: its functions, classes and imports.
    too_long : container of int
        Cells that are not run at all.
    progress : callable
        Called with the number of each cell before it runs.

    Raises
    ------
    CannotRun
        If there is no kernel to run it.
    """
    result, untouched, long = Rehearsal(cells), untouched or {}, long or {}
    code = [
        number
        for number, cell in enumerate(cells)
        if cell.cell_type == "code" and (cell.source.strip() or number in untouched) and number not in too_long
    ]
    for number in code:
        cells[number].outputs = []
    result.long = {number for number in code if not whole and number in long}
    endless = {cells[number].id for number in long if whole}
    began = time.monotonic()
    while True:
        client = _client(cells, folder, endless)
        try:
            with client.setup_kernel(stderr=subprocess.DEVNULL, env=_environment()):
                _ask(client, _AS_IN_GRADING)
                for number in code:
                    if number in result.long:
                        for definition in long[number]:
                            _ask(client, definition)
                        continue
                    if number in result.stopped:
                        continue
                    if not whole and time.monotonic() - began > NOTEBOOK_SECONDS:
                        result.stopped[number] = f"not run: the notebook has used up its {NOTEBOOK_SECONDS} seconds"
                        continue
                    progress(number)
                    if untouched.get(number) and _exist(client, untouched[number]):
                        result.elsewhere.add(number)
                        continue
                    try:
                        client.execute_cell(cells[number], number)
                    except CellTimeoutError:
                        result.stopped[number] = (
                            f"it ran for more than {CELL_SECONDS} seconds and was stopped: an endless loop?"
                        )
                        break
                    except DeadKernelError:
                        result.stopped[number] = "it ended the whole kernel: a crash, or out of memory?"
                        break
                else:
                    return result
        except (RuntimeError, OSError, LookupError) as error:  # how jupyter_client may fail to start one
            raise CannotRun(f"no fresh kernel could be started ({error or type(error).__name__})") from None


def _client(cells: list[NotebookNode], folder: Path, endless: set[str]) -> NotebookClient:
    log = logging.getLogger("cs231n_utils.submit.rehearsal")
    log.handlers, log.propagate = [logging.NullHandler()], False
    warnings.filterwarnings("ignore", category=RuntimeWarning, module="zmq")  # about event loops, on Windows
    scratch = new_code_cell()  # the last cell is ours, for asking the kernel questions
    return NotebookClient(
        new_notebook(cells=[*cells, scratch]),
        log=log,
        allow_errors=True,
        kernel_name="python3",
        skip_cells_with_tag="",
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(folder)}},
        timeout_func=lambda cell: None if cell.id in endless else CELL_SECONDS,
    )


def _environment() -> dict[str, str]:
    """The environment, in which this very package is found from any folder."""
    here = str(Path(__file__).parents[2])
    path = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([here, path] if path else [here])}


def _exist(client: NotebookClient, names: list[str]) -> bool:
    """Whether names such as "affine_forward" or "TwoLayerNet.loss" all exist in the kernel."""
    return not any(output.output_type == "error" for output in _ask(client, "\n".join(names)))


def _ask(client: NotebookClient, source: str) -> list[NotebookNode]:
    """What a line of our own shows."""
    question = new_code_cell(source)
    client.execute_cell(question, len(client.nb.cells) - 1, store_history=False)
    return list(question.outputs)
