import ast
import subprocess
import sys
from pathlib import Path

import cs231n_utils

ROOT = Path(cs231n_utils.__file__).parent


def imported_by(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module.split(".")[0]


def test_the_package_needs_only_a_few_others_and_never_the_autograder():
    modules = set(ROOT.rglob("*.py")) - set((ROOT / "tests").iterdir())
    imported = {name for path in modules for name in imported_by(path)}
    others = imported - set(sys.stdlib_module_names) - {"cs231n_utils"}
    assert others == {"numpy", "matplotlib", "tqdm", "platformdirs", "certifi", "nbclient", "nbformat"}


def test_every_name_offered_is_there_and_documented():
    for name in cs231n_utils.__all__:
        if name != "CLASSES":
            assert getattr(cs231n_utils, name).__doc__.strip()


def test_importing_it_does_not_load_what_only_pictures_and_data_need():
    code = "import sys, cs231n_utils; print('matplotlib' in sys.modules, 'cs231n_utils.data.standin' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT.parent, capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "False"]
