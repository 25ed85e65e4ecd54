"""Are the checks sharp enough? Every known mistake, and every small change to the reference, must fail one.

A *mutant* is the reference with one place of one solution changed: a term dropped, an axis swapped, a result
written into an argument. If all checks of its cell still pass, either they cannot see a mistake that a student
may make, or the change makes no difference to anybody. Changes of the second kind are declared, one by one and
with the reason, in `solutions/<assignment>/equivalents.py`.
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import io
import os
import resource
import signal
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Column, Table

from autograder.authoring.misconception import Misconception, load_equivalents
from autograder.authoring.notebook import grade_id_of, is_check, read_notebook
from autograder.authoring.rubric import Check, Draw, load_rubric
from autograder.course import Course, CourseError
from autograder.grading.job import settle
from autograder.grading.reference import Reference
from autograder.grading.verdict import grade_cell
from autograder.sandbox.proxy import OutOfReach
from autograder.terminal import Console

SECONDS = 20  # for all checks of one mutant
MEMORY = 4 * 2**30  # bytes of address space for one job


# Cells into which students paste what they wrote in an earlier notebook, where its mutants are made.
BROUGHT = "bring_"


@dataclass(frozen=True)
class Surroundings:
    """What a change may put in place of something else.

    Attributes
    ----------
    variables : dict of str to int
        Parameters and variables of the cell, and the line in which each gets its first value; those that the
        notebook's other cells define, with the line 0.
    keys : list of str
        The strings in the cell's code.
    defaults : dict of str to ast.expr
        Parameters of the notebook's functions, with their default values.
    """

    variables: dict[str, int]
    keys: list[str]
    defaults: dict[str, ast.expr]


# The operators: each takes a node of the solution's syntax tree and yields what may stand in its place.

Change = ast.AST | list[ast.stmt]
Operator = Callable[[ast.AST, Surroundings], Iterator[Change]]
OPERATORS: list[Operator] = []

OTHER_SIGN = {ast.Add: ast.Sub, ast.Sub: ast.Add}
OTHER_OPERATION = {ast.Mult: [ast.Div, ast.Add], ast.Div: [ast.Mult], ast.MatMult: [ast.Mult], ast.Pow: [ast.Mult]}
COMPARISONS = [ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq]
OTHER_FUNCTION = {
    "sum": ["mean", "max"], "mean": ["sum"], "max": ["min", "mean"], "min": ["max"], "argmax": ["argmin", "max"],
    "argmin": ["argmax"], "maximum": ["minimum"], "minimum": ["maximum"], "exp": ["expm1", "exp2"],
    "log": ["log10", "log2", "log1p"], "randn": ["rand", "standard_cauchy"], "zeros": ["ones"],
    "relu_forward": ["affine_forward"], "softmax_loss": ["svm_loss"],
}
OUT = {"maximum", "minimum", "exp", "log"}  # functions that can write into an argument


def _operator(function: Operator) -> Operator:
    OPERATORS.append(function)
    return function


def _with(node: ast.AST, **fields: object) -> ast.AST:
    """A copy of a node with some fields replaced."""
    return ast.copy_location(type(node)(**{**dict(ast.iter_fields(node)), **fields}), node)


def _calls(node: ast.AST, *names: str) -> bool:
    """Whether a node calls a NumPy function or a method of one of these names."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names


def _computes(node: ast.AST) -> bool:
    """Whether a node is a statement that gives a computed value to something, and not an answer as it stands."""
    if not isinstance(node, (ast.Assign, ast.AugAssign)):
        return False
    answers = isinstance(node.value, ast.Dict) and node.value.keys and all(
        isinstance(value, ast.Constant) for value in node.value.values)
    return not answers and not isinstance(node.value, (ast.Constant, ast.Set))


@_operator
def a_term_dropped(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        yield node.left
        yield node.right if isinstance(node.op, ast.Add) else ast.UnaryOp(ast.USub(), node.right)


@_operator
def a_factor_dropped(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div, ast.MatMult, ast.Pow)):
        yield node.left
        if not isinstance(node.op, ast.Pow):
            yield node.right


@_operator
def a_factor_more(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if _computes(node):
        yield from (_with(node, value=ast.BinOp(ast.Constant(factor), ast.Mult(), node.value)) for factor in (2, 0.5))


@_operator
def the_sign_flipped(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in OTHER_SIGN:
        yield _with(node, op=OTHER_SIGN[type(node.op)]())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand
    elif _computes(node):
        yield _with(node, value=ast.UnaryOp(ast.USub(), node.value))


@_operator
def another_operation(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        yield from (_with(node, op=op()) for op in OTHER_OPERATION.get(type(node.op), ()))


@_operator
def operands_swapped(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Sub, ast.Div, ast.MatMult, ast.Pow)):
        yield _with(node, left=node.right, right=node.left)


@_operator
def another_function(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, ast.Attribute):
        yield from (_with(node, attr=name) for name in OTHER_FUNCTION.get(node.attr, ()))
    elif isinstance(node, ast.Name):
        yield from (_with(node, id=name) for name in OTHER_FUNCTION.get(node.id, ()))


@_operator
def another_axis(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, ast.keyword) and node.arg == "axis" and isinstance(node.value, ast.Constant):
        yield _with(node, value=ast.Constant(1 - node.value.value))
    elif _calls(node, "sum", "mean") and not any(one.arg == "axis" for one in node.keywords):
        yield from (_with(node, keywords=[*node.keywords, ast.keyword("axis", ast.Constant(axis))])
                    for axis in (0, 1))


@_operator
def keepdims_added(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    names = [one.arg for one in node.keywords] if isinstance(node, ast.Call) else []
    if "axis" in names and "keepdims" not in names:
        yield _with(node, keywords=[*node.keywords, ast.keyword("keepdims", ast.Constant(True))])


@_operator
def transposed_or_not(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        yield ast.Attribute(node, "T")
        yield from (_with(node, **{side: ast.Attribute(getattr(node, side), "T")}) for side in ("left", "right"))


@_operator
def another_number(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        numbers = {node.value + 1, node.value - 1} | ({2 * node.value, node.value / 2, 0.0}
                                                      if isinstance(node.value, float) else set())
        yield from (ast.Constant(number) for number in sorted(numbers - {node.value}))


@_operator
def one_off(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    """Of a size or an index."""
    if _calls(node, "arange", "choice"):
        for place, arg in enumerate(node.args):
            for op in (ast.Add(), ast.Sub()):
                args = [*node.args[:place], ast.BinOp(arg, op, ast.Constant(1)), *node.args[place + 1:]]
                yield _with(node, args=args)


@_operator
def another_comparison(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, ast.Compare):
        yield from (_with(node, ops=[op()]) for op in COMPARISONS if not isinstance(node.ops[0], op))


@_operator
def written_in_place(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    """y = x - a becomes x -= a; y = x, and f(x) writes its result into x."""
    if (isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp)
            and isinstance(node.value.left, (ast.Name, ast.Subscript, ast.Attribute))):
        target = _with(node.value.left, ctx=ast.Store())
        yield [ast.AugAssign(target, node.value.op, node.value.right), _with(node, value=node.value.left)]
    elif _calls(node, *OUT):
        yield from (_with(node, keywords=[*node.keywords, ast.keyword("out", arg)])
                    for arg in node.args if isinstance(arg, ast.Name))


@_operator
def a_call_left_out(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    """f(a) becomes a, and a.f() too: a missing cast, copy, reshape or sum."""
    if isinstance(node, ast.Call):
        yield from node.args
        if isinstance(node.func, ast.Attribute):
            yield node.func.value


@_operator
def an_argument_left_out(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, ast.Call):
        for name in ("args", "keywords"):
            given = getattr(node, name)
            yield from (_with(node, **{name: given[:place] + given[place + 1:]}) for place in range(len(given)))


@_operator
def neighbours_swapped(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    """Arguments of a call, parts of a tuple, values of a dictionary."""
    for name in ("args", "elts", "values"):
        parts = [] if _calls(node, "maximum", "minimum") else getattr(node, name, None)
        if isinstance(parts, list) and isinstance(node, (ast.Call, ast.Tuple, ast.Dict)):
            for i in range(len(parts) - 1):
                yield _with(node, **{name: [*parts[:i], parts[i + 1], parts[i], *parts[i + 2:]]})


@_operator
def sampled_without_replacement(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if _calls(node, "choice"):
        yield _with(node, keywords=[*node.keywords, ast.keyword("replace", ast.Constant(False))])


@_operator
def another_index(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    """a[i] becomes a, and a[i, j] becomes a[:, j] or a[i]."""
    if isinstance(node, ast.Subscript):
        if isinstance(node.ctx, ast.Load):
            yield node.value
        if isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2:
            i, j = node.slice.elts
            yield _with(node, slice=ast.Tuple([ast.Slice(), j]))
            yield _with(node, slice=ast.Tuple([i, ast.Slice()]))
            yield _with(node, slice=ast.Tuple([j, i]))


@_operator
def a_statement_dropped(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr)):
        yield ast.Pass()


@_operator
def an_item_dropped(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, (ast.Set, ast.List)):
        yield from (_with(node, elts=node.elts[:i] + node.elts[i + 1:]) for i in range(len(node.elts))
                    if len(node.elts) > 1)
    elif isinstance(node, ast.Dict):
        yield from (_with(node, keys=node.keys[:i] + node.keys[i + 1:], values=node.values[:i] + node.values[i + 1:])
                    for i in range(len(node.keys)))


@_operator
def another_variable(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    """That has a value by then."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in around.variables:
        yield from (_with(node, id=name) for name, line in around.variables.items()
                    if name not in (node.id, "self") and line < node.lineno)


@_operator
def another_key(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, ast.Constant) and node.value in around.keys:
        yield from (ast.Constant(key) for key in around.keys if key != node.value)


@_operator
def the_default_instead(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    """A parameter is not used: its default stands there as a number."""
    name = getattr(node, "id", getattr(node, "attr", None))
    if isinstance(node, (ast.Name, ast.Attribute)) and name in around.defaults and isinstance(node.ctx, ast.Load):
        yield around.defaults[name]


@_operator
def kept_from_the_first_call(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    """A stale value: computed once, then remembered."""
    if isinstance(node, ast.Assign) and _computes(node):
        remembered = ast.parse("globals().setdefault('_first', {}).setdefault(0)", mode="eval").body
        name = ast.Constant(ast.unparse(node.targets[0]))
        yield _with(node, value=_with(remembered, args=[name, node.value]))


class Mutant(Misconception):
    """A mistake that nobody has written down: it is called by what it changes, "cell: before → after"."""


def mutants(cell: str, source: str, others: str = "") -> Iterator[Mutant]:
    """All small changes to a cell's solution, each one once.

    Parameters
    ----------
    cell : str
        Grade id of a TODO cell, without its ending `_code`.
    source : str
        The cell, with the delimiters of its solution.
    others : str, optional
        The notebook's other code, for default values.
    """
    lines, tree = _solution_lines(source), ast.parse(source)
    around = _surroundings(tree, lines, ast.parse(others))
    before = ast.unparse(tree)
    seen, names = {before}, Counter()
    for after in _changed(tree, lines, around):
        if after not in seen:
            seen.add(after)
            name = f"{cell}: {_difference(before, after)}"
            names[name] += 1  # the same line may stand in two places
            yield Mutant(name if names[name] == 1 else f"{name} ({names[name]})", cell, {source: after}, hint="")


def _changed(tree: ast.AST, lines: set[int], around: Surroundings) -> Iterator[str]:
    """The source with one change, for each operator and each node in some lines."""
    for parent in list(ast.walk(tree)):
        for name, value in list(ast.iter_fields(parent)):
            for place, node in enumerate(value if isinstance(value, list) else [value]):
                if not _within(node, lines):
                    continue
                for operator in OPERATORS:
                    for change in operator(node, around):
                        _put(parent, name, place, value, change)
                        yield ast.unparse(tree)
                        setattr(parent, name, value)


def _put(parent: ast.AST, name: str, place: int, value: object, change: Change) -> None:
    if isinstance(value, list):
        setattr(parent, name, [*value[:place], *(change if isinstance(change, list) else [change]), *value[place + 1:]])
    else:
        setattr(parent, name, change)


def _within(node: object, lines: set[int]) -> bool:
    return isinstance(node, ast.AST) and getattr(node, "lineno", 0) in lines and node.end_lineno in lines


def _solution_lines(source: str) -> set[int]:
    found, inside = set(), False
    for number, line in enumerate(source.splitlines(), 1):
        inside = "### BEGIN SOLUTION" in line or inside and "### END SOLUTION" not in line
        if inside:
            found.add(number)
    return found


def _surroundings(tree: ast.Module, lines: set[int], others: ast.Module) -> Surroundings:
    variables = {node.id: 0 for statement in others.body if isinstance(statement, ast.Assign)
                 for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) or isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            name = node.arg if isinstance(node, ast.arg) else node.id
            variables[name] = min(node.lineno, variables.get(name, node.lineno))  # 0 for the notebook's own
    keys = [node.value for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _within(node, lines)]
    defaults: dict[str, ast.expr] = {}
    for node in [*ast.walk(others), *ast.walk(tree)]:
        if isinstance(node, ast.FunctionDef) and node.args.defaults:
            names = [argument.arg for argument in node.args.args]
            defaults |= {name: value for name, value in zip(names[::-1], node.args.defaults[::-1])
                         if not (isinstance(value, ast.Constant) and value.value is None)}
    return Surroundings(variables, list(dict.fromkeys(keys)), defaults)


def _difference(before: str, after: str) -> str:
    """The lines that differ, as "before → after"."""
    old, new = before.splitlines(), after.splitlines()
    changed = [operation for operation in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
               if operation[0] != "equal"]
    (_, i, _, j, _), (_, _, last_i, _, last_j) = changed[0], changed[-1]
    return " → ".join("; ".join(line.strip() for line in lines) for lines in (old[i:last_i], new[j:last_j]))


# Putting them to the checks

Caught = tuple[Misconception, list[str]]  # a mistake, and the checks that it fails

ITSELF = "the cell itself"  # stands for a check where a change keeps the cell from running at all


@dataclass
class Tally:
    """What became of the known mistakes and the mutants of one cell.

    Attributes
    ----------
    known, mutants, killed, equivalent : int
    survivors : list of str
        Names of those that no check catches and nobody has declared.
    """

    known: int = 0
    mutants: int = 0
    killed: int = 0
    equivalent: int = 0
    survivors: list[str] = field(default_factory=list)


def check_mutations(course: Course, assignment: str | None, console: Console, jobs: int | None = None) -> bool:
    """Put every known mistake and every mutant to the checks of its cell, and print who was caught by what.

    Returns
    -------
    bool
        Whether each one is caught or declared equivalent, and none both.
    """
    sharp = True
    for name in [assignment] if assignment else course.assignments():
        for notebook in course.notebooks(name):
            path = course.source(name, notebook)
            caught = put_all(path, console, jobs)
            tallies, problems = tally(caught, load_equivalents(path))
            _print(console, f"{name}/{notebook}", tallies, _counts(path, caught))
            for problem in problems:
                console.print(f"[red]✗[/red] {escape(problem)}", soft_wrap=True)
            sharp &= not problems
    return sharp


def put_all(path: Path, console: Console, jobs: int | None = None) -> list[Caught]:
    """Each known mistake and each mutant of a notebook, with the checks that it fails."""
    reference = _reference(path)
    cells = check_cells(path)
    mistakes = reference.catalogue + list(mutants_of(reference, cells))
    with ProcessPoolExecutor(jobs or os.cpu_count(), get_context("spawn"), initializer=_start_job) as pool, Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            console=console, transient=True) as progress:
        bar = progress.add_task(f"{reference.notebook}: mistakes and mutants", total=len(mistakes))
        waiting = {pool.submit(caught_by, path, cells.get(mistake.cell, []), mistake): mistake for mistake in mistakes}
        try:
            for future in as_completed(waiting):
                future.result()
                progress.update(bar, advance=1)
        except BrokenProcessPool:
            raise CourseError("a job was killed, perhaps for want of memory: run the same command again") from None
        except ValueError as error:
            pool.shutdown(wait=False, cancel_futures=True)
            raise CourseError(str(error)) from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [(mistake, future.result()) for future, mistake in waiting.items()]


def mutants_of(reference: Reference, cells: dict[str, list[str]]) -> Iterator[Mutant]:
    """The mutants of a notebook's cells that have checks, see `check_cells`, but for what was written in an earlier one."""
    others = "\n".join(source for _, source in reference.cells)
    for grade_id, source in reference.cells:
        cell = grade_id.removesuffix("_code")
        if cells.get(cell) and not cell.startswith(BROUGHT):
            yield from mutants(cell, source, others)


def tally(caught: list[Caught], equivalents: dict[str, str]) -> tuple[dict[str, Tally], list[str]]:
    """What became of the mistakes, cell by cell; and what has to be looked at, in sentences."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for mistake, checks in caught:
        row = tallies[mistake.cell]
        row.known += not isinstance(mistake, Mutant)
        row.mutants += isinstance(mistake, Mutant)
        row.killed += bool(checks)
        row.equivalent += not checks and mistake.name in equivalents
        row.survivors += [mistake.name] if not checks and mistake.name not in equivalents else []
    killed = {mistake.name for mistake, checks in caught if checks}
    there = {mistake.name for mistake, _ in caught}
    problems = [f"no check catches {name}" for row in tallies.values() for name in row.survivors]
    problems += [f"declared equivalent, but a check catches it: {name}" for name in equivalents if name in killed]
    problems += [f"declared equivalent, but there is no such change: {name}"
                 for name in equivalents if name not in there]
    return dict(tallies), problems


def _counts(path: Path, caught: list[Caught]) -> dict[str, tuple[int, int]]:
    """For each check of what is written here: how many it catches, and how many it alone."""
    checks = [check.name for check in load_rubric(path).checks
              if isinstance(check, Check) and not check.cell.startswith(BROUGHT)]
    return {check: (sum(check in failed for _, failed in caught), sum([check] == failed for _, failed in caught))
            for check in checks}


def _print(console: Console, title: str, tallies: dict[str, Tally], counts: dict[str, tuple[int, int]]) -> None:
    table = Table("cell", *(Column(name, justify="right") for name in (
        "known", "mutants", "killed", "equivalent", "left")), title=title, title_justify="left")
    rows = {cell: (row.known, row.mutants, row.killed, row.equivalent, len(row.survivors))
            for cell, row in tallies.items()}
    for cell, row in rows.items():
        table.add_row(cell, *map(str, row))
    table.add_section()
    table.add_row("together", *(str(sum(column)) for column in zip(*rows.values())))
    console.print(table)
    table = Table("check", Column("catches", justify="right"), Column("alone", justify="right"))
    for name, (all_of_them, alone) in counts.items():
        title = name if all_of_them else f"[red]{name} never catches anything[/red]"
        table.add_row(title, str(all_of_them), str(alone))
    console.print(table)


def check_cells(path: Path) -> dict[str, list[str]]:
    """For each TODO cell of a notebook, without its ending `_code`: the check cells that follow it."""
    found: dict[str, list[str]] = {}
    for cell in read_notebook(path).cells:
        name = grade_id_of(cell) or ""
        if name.endswith("_code"):
            found[name.removesuffix("_code")] = []
        elif is_check(cell) and cell.cell_type == "code" and found:
            found[list(found)[-1]].append(name)
    return found


def caught_by(path: Path, cells: list[str], mistake: Misconception, secret: bytes = b"check") -> list[str]:
    """The checks of some cells that fail for a mistake; `ITSELF` if a mutant does not even run.

    Raises
    ------
    ValueError
        If a known mistake does not fit the solution any more.
    """
    reference = _reference(path)
    rubric = load_rubric(reference.path)
    failed: list[str] = []
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), _deadline():
        warnings.simplefilter("ignore")
        np.random.seed(0)
        try:
            host = reference.mistaken(mistake)
        except Exception:
            if isinstance(mistake, Mutant):
                return [ITSELF]
            raise
        for cell in cells:  # each as if it were the first: what an earlier one costs is not the question
            graded = grade_cell(rubric, cell, host, reference, lambda check: Draw(secret, check), Path())
            failed += [check.name for check in graded.result.checks if not check.passed]
    return failed


@lru_cache
def _reference(path: Path) -> Reference:
    return Reference(path)


@contextlib.contextmanager
def _deadline() -> Iterator[None]:
    """Let a change that never ends fail its check after a while, as in a hand-in."""
    def too_late(*_: object) -> None:
        raise OutOfReach(f"it takes more than {SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _start_job() -> None:
    """As for grading; and a change that fills the memory gets a MemoryError instead."""
    settle()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
