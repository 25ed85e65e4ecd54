"""A notebook's cells, run in this process, with what they show kept as notebook outputs.

IPython's own shell does the work, so magics, `await` at the top level, the value of the last
expression and inline figures behave as in Jupyter, without the cost of a kernel and its sockets.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from difflib import SequenceMatcher
from types import CodeType
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from traitlets.config import Config

MAX_TEXT = 20_000  # characters that one cell may show
MAX_IMAGE = 1_500_000  # characters of one base64-encoded picture
MAX_IMAGES = 8  # a cell
MAX_FAILURES = 20  # statements of a cell
_SHOWN = ("text/plain", "image/png", "image/jpeg")
# Magics that run a whole cell as one statement, and only measure it or keep it quiet.
_AROUND = re.compile(r"\A\s*(?:%%(?:time|capture|prun)\b.*\n)+")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Outputs:
    """What one cell shows, as nbformat outputs, cut where it is too much."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.items: list[dict[str, Any]] = []
        self.room = MAX_TEXT
        self.images = 0

    def text(self, stream: str, text: str) -> None:
        if not text or self.room <= 0:
            return
        kept, self.room = text[: self.room], self.room - len(text)
        if self.room <= 0:
            kept += "\n... the rest of this cell's output was cut ...\n"
        if self.items and self.items[-1].get("name") == stream:
            self.items[-1]["text"] += kept
        else:
            self.items.append({"output_type": "stream", "name": stream, "text": kept})

    def data(self, kind: str, data: dict[str, Any], **more: Any) -> None:
        shown = {}
        for mime, value in data.items():
            if mime not in _SHOWN or not isinstance(value, str):
                continue
            if mime == "text/plain":
                shown[mime], self.room = value[: max(self.room, 0)], self.room - len(value)
            elif len(value) <= MAX_IMAGE and self.images < MAX_IMAGES:
                shown[mime] = value
                self.images += 1
        if shown:
            self.items.append({"output_type": kind, "data": shown, "metadata": {}, **more})

    def error(self, name: str, message: str, traceback: list[str]) -> None:
        lines = [_COLOUR.sub("", line)[:2000] for line in traceback[-30:]] if self.room > 0 else []
        self.room -= sum(map(len, lines))
        self.items.append({"output_type": "error", "ename": name[:200], "evalue": message[:2000], "traceback": lines})


class _Stream:
    """A writable text stream that adds to the outputs."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, outputs: Outputs, name: str):
        self.outputs, self.name = outputs, name

    def write(self, text: str) -> int:
        text = str(text).encode("utf-8", "replace").decode()  # half of a surrogate pair is no text
        self.outputs.text(self.name, text)
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        import io

        raise io.UnsupportedOperation("fileno")


class _Publisher(DisplayPublisher):
    def publish(self, data: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        from base64 import b64encode

        data = {mime: b64encode(value).decode() if isinstance(value, bytes) else value for mime, value in data.items()}
        self.shell.outputs.data("display_data", data)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.clear()


class _Hook(DisplayHook):
    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict[str, Any], md_dict: object = None) -> None:
        assert self.shell is not None
        self.shell.outputs.data("execute_result", format_dict, execution_count=self.prompt_count)

    def quiet(self) -> bool:
        """Whether a value is not to be shown, because its line ends with a semicolon."""
        assert self.shell is not None
        return any(";" in cell for cell in self.shell.history_manager.input_hist_parsed[-1:]) and bool(super().quiet())

    def finish_displayhook(self) -> None:
        self._is_active = False


class Shell(InteractiveShell):
    """An IPython shell whose cells leave nbformat outputs instead of writing to a terminal."""

    displayhook_class = _Hook
    display_pub_class = _Publisher

    def __init__(self, **kwargs: Any):
        self.outputs = Outputs()
        self.go_on, self.depth = False, 0
        self.failures: list[tuple[int, BaseException]] = []
        self.lines: Iterator[int] = iter(())
        # No history is written: no file is kept open for it, which notebooks would share that are forked from here.
        super().__init__(config=Config(HistoryManager={"enabled": False}), **kwargs)
        self.colors = "nocolor"
        sys.stdout, sys.stderr = _Stream(self.outputs, "stdout"), _Stream(self.outputs, "stderr")

    def showtraceback(self, *args: Any, **kwargs: Any) -> None:
        if len(self.failures) < MAX_FAILURES:  # formatting takes a while, so skip what nobody will see
            super().showtraceback(*args, **kwargs)

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException, stb: list[str]) -> None:
        self.outputs.error(etype.__name__, text_of(evalue), [str(part) for part in stb])

    def transform_cell(self, raw_cell: str) -> str:
        """Spare a cell that is Python as it stands a transformation that would change nothing, and takes long."""
        # A single line may be a command of IPython's, a first line may be its prompt.
        single = "\n" not in raw_cell.rstrip("\n")
        if not (single or raw_cell[0].isspace() or raw_cell.startswith("In [") or self.input_transformers_post):
            try:
                compile(raw_cell, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
                return raw_cell if raw_cell.endswith("\n") else raw_cell + "\n"
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                pass
        return str(super().transform_cell(raw_cell))

    def enable_gui(self, gui: str | None = None) -> None:
        """Do nothing: there is no window here, but `%matplotlib inline` asks for one."""

    def system(self, cmd: str) -> None:
        print(f"(shell commands are not run when a notebook is graded: !{cmd})")

    def getoutput(self, cmd: str, *args: Any, **kwargs: Any) -> list[str]:
        self.system(cmd)
        return []

    def run(self, source: str, go_on: bool = False) -> tuple[list[dict[str, Any]], bool, list[tuple[str, str, str]]]:
        """Run one cell.

        Parameters
        ----------
        go_on : bool
            Whether a cell goes on with its next statement after one has failed. An exit is meant, and ends it.

        Returns
        -------
        outputs : list of dict
            In the format of a notebook's cell.
        succeeded : bool
            False if it raised an exception.
        failures : list of tuple
            For each of the first statements that failed: its first line, the exception's type and text.
        """
        self.outputs.clear()
        self.go_on, self.failures = go_on, []
        if go_on:
            source = _AROUND.sub(lambda lines: "\n" * lines[0].count("\n"), source)
        result = self.run_cell(source, store_history=True)
        if result.error_before_exec is not None:
            self._fail(getattr(result.error_before_exec, "lineno", 1), result.error_before_exec)
        return self.outputs.items, bool(result.success), self._as_written(source)

    async def run_ast_nodes(self, nodelist: list[ast.stmt], *args: Any, **kwargs: Any) -> bool | None:
        """Run a cell's statements, and keep track of which one it is; a cell may run another cell."""
        outer, self.lines = (
            self.lines,
            iter(
                [
                    min([node.lineno, *(part.lineno for part in getattr(node, "decorator_list", ()))])
                    for node in nodelist
                ]
            ),
        )
        self.depth += 1
        try:
            stopped: bool | None = await super().run_ast_nodes(nodelist, *args, **kwargs)
            return stopped
        finally:
            self.lines = outer
            self.depth -= 1

    async def run_code(
        self, code_obj: CodeType, result: ExecutionResult | None = None, *, async_: bool = False
    ) -> bool:
        """Run one statement; IPython runs the next one if this returns False."""
        line = next(self.lines, 1)
        stopped: bool = await super().run_code(code_obj, result, async_=async_)
        if not stopped or self.depth != 1 or result is None or result.error_in_exec is None:
            return stopped
        self._fail(line, result.error_in_exec)
        return not self.go_on or isinstance(result.error_in_exec, (SystemExit, KeyboardInterrupt))

    def _fail(self, line: Any, error: BaseException) -> None:
        if len(self.failures) < MAX_FAILURES:
            self.failures.append((line if type(line) is int else 1, error))

    def _as_written(self, source: str) -> list[tuple[str, str, str]]:
        """The failures with lines of the cell: Python counts differently because of magics and leading empty lines."""
        if not self.failures:
            return []
        written = python = source.splitlines()
        try:
            python = self.transform_cell(source).splitlines()
        except Exception:  # it is not Python at all
            pass
        steps = (
            SequenceMatcher(None, written, python, autojunk=False).get_opcodes()
            if python != written
            else [("equal", 0, len(written), 0, len(written))]
        )
        found = []
        for number, error in self.failures:
            lines = [
                written[min(start + number - 1 - first, end - 1)]
                for _, start, end, first, last in steps
                if first < number <= last and start < end
            ]
            text = error.msg if isinstance(error, SyntaxError) else error
            found.append((text_of(lines[0].strip())[:200] if lines else "", type(error).__name__, text_of(text)))
        return found


def text_of(error: Any) -> str:
    try:
        return str(error)[:1000].encode("utf-8", "replace").decode()
    except Exception:
        return ""
