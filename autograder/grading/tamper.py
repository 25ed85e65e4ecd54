"""What in a hand-in's code looks like an attempt on the grader: evidence for a person, never a penalty.

The text is read, not run. Each finding is a sentence with the line it is about. Scores do not depend on it:
what confinement and comparison outside the process are for holds whether or not an attempt is seen here.
"""

from __future__ import annotations

import ast
import re

from cs231n_utils.submit.reading import MAX_SOURCE
from cs231n_utils.submit.untouched import as_python, parsed

MAX_FOUND = 50  # sentences about a notebook, each of at most
MAX_CHARACTERS = 200

# Names that a network in NumPy has no use for, and what they are for.
_MODULES = {
    "ctypes": "reaches into memory and the C library",
    "cffi": "reaches into memory and the C library",
    "gc": "searches memory for other objects",
    "inspect": "looks into other code's frames",
    "socket": "opens network connections",
    "http": "opens network connections",
    "urllib": "opens network connections",
    "requests": "opens network connections",
    "ftplib": "opens network connections",
    "smtplib": "opens network connections",
    "signal": "changes how the process is stopped",
    "atexit": "leaves code to run at the end",
    "ptrace": "reaches into other processes",
    "psutil": "looks at other processes",
    "resource": "changes limits",
    "autograder": "asks for the grader itself",
    "nbgrader": "asks for nbgrader",
    "sqlite3": "opens databases",
    "host": "asks for the grader's process",
    "wire": "asks for the grader's process",
    "confine": "asks for the grader's process",
    "builtins": "reaches for Python's built-in functions",
}
_ATTRIBUTES = {
    "_getframe": "looks into other code's frames",
    "f_back": "looks into other code's frames",
    "f_globals": "looks into other code's frames",
    "f_locals": "looks into other code's frames",
    "tb_frame": "looks into other code's frames",
    "__closure__": "looks into other functions",
    "__globals__": "looks into other functions",
    "__subclasses__": "searches Python for classes",
    "input_transformers_cleanup": "changes how cells are run",
    "input_transformers_post": "changes how cells are run",
    "input_transformer_manager": "changes how cells are run",
    "ast_transformers": "changes how cells are run",
    "set_custom_exc": "changes how cells are run",
    "run_cell": "changes how cells are run",
    "history_manager": "looks at what was run before",
    "meta_path": "changes how modules are imported",
    "path_hooks": "changes how modules are imported",
    "settrace": "watches other code run",
    "setprofile": "watches other code run",
    "displayhook": "changes what cells show",
    "excepthook": "changes how errors are shown",
    "_exit": "ends the process",
    "kill": "sends signals to processes",
    "killpg": "sends signals to processes",
    "fork": "starts hidden processes",
    "forkpty": "starts hidden processes",
    "setsid": "starts hidden processes",
    "execv": "replaces the process",
    "execve": "replaces the process",
    "fdopen": "uses open file descriptors",
    "dup2": "uses open file descriptors",
    "register_at_fork": "leaves code to run later",
}
_METHODS = {
    "__eq__": "an object that decides itself what equals it",
    "__ne__": "an object that decides itself what equals it",
    "__class__": "an object that lies about its class",
    "__array_ufunc__": "an array that intercepts NumPy",
    "__array_function__": "an array that intercepts NumPy",
    "__instancecheck__": "a class that lies about its instances",
    "__getattribute__": "an object that hides what it is",
    "__reduce__": "an object that runs code when unpickled",
    "__reduce_ex__": "an object that runs code when unpickled",
    "__del__": "an object that runs code at its end",
}
_PATHS = re.compile(
    r"/proc/|/etc/passwd|\.bashrc|\.profile|site-packages|sitecustomize|usercustomize|\.pth\b|gradebook"
    r"|\bsolutions?/|\bsubmitted/|autograded|\.autograder|nbgrader_config|\.\./\.\."
)
_RUNNERS = {"exec", "eval", "compile", "__import__"}
_ABOUT_PROCESSES = {
    "kill",
    "killpg",
    "fork",
    "forkpty",
    "setsid",
    "_exit",
    "execv",
    "execve",
    "fdopen",
    "dup2",
    "register_at_fork",
}


def traces(sources: list[str]) -> list[str]:
    """Sentences about things in cells that coursework has no use for: in order, each once, and not too many.

    Parameters
    ----------
    sources : list of str
        The cells that the student wrote. A cell that is no Python leaves no trace: it does not run either.
    """
    found: dict[str, None] = {}
    for source in sources:
        if len(source) > MAX_SOURCE:
            found.setdefault(f"a cell of {len(source):,} characters was not looked at; the limit is {MAX_SOURCE:,}")
            continue
        if (tree := parsed(source)) is None:
            continue
        lines = as_python(source).split("\n")
        nodes = list(ast.walk(tree))
        modules = _imported(nodes)
        for node in nodes:
            for what in _seen(node, modules):
                line = lines[number - 1].strip()[:100] if (number := getattr(node, "lineno", 0)) else ""
                found.setdefault(f"{what[: MAX_CHARACTERS - 104]}: `{line}`")
                if len(found) > MAX_FOUND:
                    return [*list(found)[:MAX_FOUND], "… and more"]
    return list(found)


def _imported(nodes: list[ast.AST]) -> set[str]:
    """The names that stand for modules in a cell."""
    names = {"np", "numpy", "plt", "sys", "os", "IPython"}
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    return names


def _seen(node: ast.AST, modules: set[str]) -> list[str]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        return [
            f"imports {name}, which {_MODULES[name.split('.')[0]]}" for name in names if name.split(".")[0] in _MODULES
        ]
    if isinstance(node, ast.Attribute) and node.attr in _ATTRIBUTES:
        owner = node.value.id if isinstance(node.value, ast.Name) else ""
        if node.attr not in _ABOUT_PROCESSES or owner == "os":
            return [f"uses {node.attr}, which {_ATTRIBUTES[node.attr]}"]
    if isinstance(node, (ast.Assign, ast.AugAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [_dotted(target) for target in targets if isinstance(target, ast.Attribute)]
        return [
            f"replaces {name}" for name in names if name.split(".")[0] in modules - {"plt"} and "rcParams" not in name
        ]
    if isinstance(node, ast.FunctionDef) and node.name in _METHODS:
        return [f"defines {node.name}: {_METHODS[node.name]}"]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id in _RUNNERS:
            return [f"runs text as code with {node.func.id}"]
        if node.func.id == "setattr" and node.args and (name := _dotted(node.args[0])).split(".")[0] in modules:
            return [f"replaces something in {name}"]
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and "\n" not in node.value
        and (match := _PATHS.search(node.value))
    ):
        return [f"names a place outside the hand-in ({match.group()})"]
    return []


def _dotted(node: ast.AST) -> str:
    """A name with its attributes, such as "np.random.seed"; "" if it is something else, such as a call's result."""
    attributes: list[str] = []
    while isinstance(node, ast.Attribute):  # a loop, since a thousand dots are too many for recursion
        attributes.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(attributes)]) if isinstance(node, ast.Name) else ""
