"""What counts as a change of a cell, and what is only its layout."""

import time

import pytest

from cs231n_utils.submit.reading import MAX_SOURCE
from cs231n_utils.submit.untouched import LONGEST, as_python, definitions, digest, untouched

STUB = '''def double(x):
    """Twice x."""

    # TODO: write this.
    print(f"{x:.3f}", "doubled")
    ...'''


@pytest.mark.parametrize(
    "other",
    [
        STUB.replace("\n", "\r\n"),
        STUB.replace("\n", "\r"),
        STUB.replace("\n", "  \n") + "\n\n\n",
        STUB.replace("\n\n", "\n"),
        STUB.replace("    # TODO: write this.\n", ""),
        "# mine\n" + STUB + "  # and mine",
        STUB.replace('    """Twice x."""\n', ""),
        STUB.replace('"doubled"', "'doubled'"),
        STUB.replace('"doubled")', '\n        "doubled",\n    )'),
        STUB.replace("    ", "\t"),
        "%%time\n" + STUB,
    ],
)
def test_layout_is_no_change_of_code(other):
    assert digest(other) == digest(STUB) and untouched(other, "code", digest(STUB))


@pytest.mark.parametrize(
    "other",
    [
        STUB.replace("...", "return 2 * x"),
        STUB.replace("...", "pass"),
        STUB.replace(".3f", ".4f"),
        STUB.replace("doubled", "Doubled"),
        STUB.replace("(x)", "(x, y)"),
        STUB.replace("(x)", "(*x)"),
        "x = 1\n" + STUB,
        STUB.replace("    ...", "..."),
        STUB + " +",
    ],
)
def test_other_code_is_a_change(other):
    assert not untouched(other, "code", digest(STUB))


@pytest.mark.parametrize(
    "line, python",
    [
        ("files = !ls", "files = None"),
        ("    a, b=%env HOME", "    a, b=None"),
        ("  !ls", ""),
        ("%pip install x", ""),
        ("x = y != z", "x = y != z"),
        ("x[0] = !ls", "x[0] = !ls"),
    ],
)
def test_what_a_command_gives_is_none(line, python):
    assert as_python(line) == python


@pytest.mark.parametrize("line", [" " * MAX_SOURCE + "x", "a," * (MAX_SOURCE // 2), "x =" + " " * MAX_SOURCE + "y"])
def test_no_line_takes_long(line):
    began = time.process_time()
    assert as_python(line) == line
    assert time.process_time() - began < 5  # a minute, if what fits is looked for in every way


@pytest.mark.parametrize("value", ["+".join(["1"] * 900), "-" * 500 + "1", "0x" + "f" * 9000, "x" + ".a" * 900])
def test_a_definition_that_cannot_be_written_is_left_out(value):
    assert definitions(f"import numpy as np\ndef f():\n    return {value}\nx = f()") == ["import numpy as np"]


def test_text_that_is_no_python_is_compared_all_the_same():
    broken = "def f(:\n    x = = 1\n"
    assert digest(broken) == digest("# why?\r\ndef f(:   \r\n\r\n    x = = 1") != digest("def f(:\n    x = = 2\n")


def test_what_stands_for_nothing_has_its_place():
    assert digest("{**a, 'b': 1}") != digest("{'b': a, **1}") and digest("f''") != digest("''")


@pytest.mark.parametrize("source", ["", "  \n", "# a comment", '"""a text"""', "%matplotlib inline"])
def test_an_empty_cell_is_untouched(source):
    assert untouched(source, "code", digest(STUB))


def test_in_text_cells_white_space_does_not_count():
    assert (
        digest("Write  here.\r\n\r\n", "markdown")
        == digest("Write\nhere.", "markdown")
        != digest("Write here", "markdown")
    )
    assert untouched(" \n", "markdown", digest("Write here.", "markdown"))
    assert not untouched("# a heading", "markdown", digest("Write here.", "markdown"))


@pytest.mark.parametrize(
    "source",
    [
        "(" * 500,
        "-" * 5000 + "1",
        "np" + ".a" * 3000,
        "1+" * 5000 + "1",
        "x = " + "9" * 5000,
        "x = '\ud800'",
        "x\0",
        "x=1\n" * LONGEST,
        '"\\d"',
        "1 is 1",
    ],
    ids=lambda source: source[:10],
)
@pytest.mark.filterwarnings("error")
def test_any_text_has_a_digest(source):
    assert len(digest(source)) == 16


def test_every_python_gives_the_same():
    """These were computed by 3.11, 3.12 and 3.13; the notes in released notebooks rely on it."""
    assert digest('f"a{x!r:>{w}.{p}}b" "c" f"{{}}"') == "3285917ebe1173a1"
    assert digest(STUB) == "8f6de1133034bdd5"


def test_the_definitions_of_a_cell():
    source = "import math; train()\n%time\n@cached\ndef f(x):\n    return x  # why\n\nclass A:\n    y = 1\n\nz = f(2)\n"
    assert definitions(source) == ["import math", "@cached\ndef f(x):\n    return x", "class A:\n    y = 1"]
    assert definitions("x = = 1") == definitions("x = 1\n" * LONGEST) == []
