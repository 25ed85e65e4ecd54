import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import cs231n_utils
from cs231n_utils import checks, training

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


@pytest.mark.parametrize("topic", ["data", "checks", "training", "plots", "notebook"])
def test_every_name_offered_is_there_and_documented(topic):
    module = import_module(f"cs231n_utils.{topic}")
    assert module.__all__ == sorted(module.__all__, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    for name in module.__all__:
        if not name.isupper():  # a constant
            assert getattr(module, name).__doc__.strip()


def test_no_name_is_offered_by_two_topics():
    assert len(set(cs231n_utils.__all__)) == len(cs231n_utils.__all__) > 60


def test_notebooks_handed_in_before_there_were_topics_find_their_names():
    from cs231n_utils import CLASSES, Solver, add_to_class, check, data, show_images  # noqa: F401

    assert check is checks.check and Solver is training.Solver and data.CLASSES is CLASSES
    everything: dict[str, object] = {}
    exec("from cs231n_utils import *", everything)
    assert everything.keys() - {"__builtins__"} == set(cs231n_utils.__all__)


def test_a_topic_is_there_without_being_imported_by_itself():
    code = "import sys, cs231n_utils; print(cs231n_utils.data.CLASSES[0], 'cs231n_utils.plots' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT.parent, capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["airplane", "False"]


def test_a_name_that_no_topic_has_is_an_error_as_of_any_module():
    with pytest.raises(AttributeError, match="module 'cs231n_utils' has no attribute 'chek'"):
        cs231n_utils.chek  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'chek'"):
        from cs231n_utils import chek  # noqa: F401


def test_it_knows_its_version():
    declared = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert cs231n_utils.__version__ == declared[1]


@pytest.mark.parametrize(
    ("imported", "absent"),
    [
        ("cs231n_utils", ["numpy", "importlib.metadata", "cs231n_utils.data"]),
        (
            "cs231n_utils.data, cs231n_utils.checks, cs231n_utils.training, cs231n_utils.plots",
            ["matplotlib", "cs231n_utils.data.standin", "nbformat"],
        ),
        ("cs231n_utils.submit.untouched, cs231n_utils.submit.reading", ["matplotlib", "nbclient", "numpy"]),
    ],
)
def test_importing_it_does_not_load_what_it_does_not_need(imported, absent):
    code = f"import sys, {imported}; print([name for name in {absent} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT.parent, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
