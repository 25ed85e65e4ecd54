"""From outcomes to verdicts, on a course of one small notebook; and what is said of saved nets."""

import dataclasses
import io
import struct
import time
import zipfile
from dataclasses import replace

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.authoring.misconception import Misconception
from autograder.authoring.rubric import Draw, Rubric, SavedNet
from autograder.course import Course
from autograder.grading import saved_net, verdict
from autograder.grading.naming import name_mistakes
from autograder.grading.reference import Reference
from autograder.grading.saved_net import CannotGrade, accuracy, read_saved_net, saved_net_verdict
from autograder.grading.verdict import CellGrader, RubricError
from autograder.sandbox.proxy import OutOfReach
from autograder.sandbox.worker.host import Host
from cs231n_utils.data import CLASSES
from cs231n_utils.data.held_out import rows
from cs231n_utils.submit import nets
from cs231n_utils.training import save_params

SOLUTION = {
    "double_code": "def double(x):\n    y = 2 * x\n    return y",
    "shift_code": "def shift(x):\n    return x + 1",
    "both_code": "def both(x):\n    return shift(double(x))",
    "noise_code": "def noise(n):\n    return np.random.randn(n)",
}
MISTAKES = [
    Misconception("tripled", "double", {"2 * x": "3 * x"}, "Two, not three."),
    Misconception("doubled_in_place", "double", {"y = 2 * x": "x *= 2; y = x"}, "Make a new array."),
    Misconception("shifted_down", "shift", {"x + 1": "x - 1"}, "Up, not down."),
    Misconception("shift_forgotten", "both", {"shift(double(x))": "double(x)"}, "Shift what was doubled."),
    Misconception("shape_error", "shift", {"x + 1": "x @ np.ones(99)"}, "Just add."),
]


@pytest.fixture
def reference(tmp_path):
    about = {"grade": False, "solution": True, "locked": False, "schema_version": 3}
    cells = [new_code_cell("import numpy as np")] + [
        new_code_cell(source, metadata={"nbgrader": about | {"grade_id": name}}) for name, source in SOLUTION.items()
    ]
    path = tmp_path / "solutions" / "small" / "first.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(new_notebook(cells=cells), path)
    reference = Reference(path)
    reference.catalogue = MISTAKES
    return reference


def small_rubric():
    rubric = Rubric()

    @rubric.check(cell="double", points=1)
    def doubles(draw):
        """double doubles"""
        x = draw.normal(3, 4)
        return lambda code: {"y": code.double(x)}

    @rubric.check(cell="double", points=0.5)
    def doubles_zero(draw):
        """double keeps zero"""
        return lambda code: {"y of 0": code.double(np.zeros(2))}

    @rubric.check(cell="shift", points=1)
    def shifts(draw):
        """shift adds one"""
        x = draw.normal(5)
        return lambda code: {"y": code.shift(x)}

    @rubric.check(cell="both", points=2)
    def does_both(draw):
        """both does both"""
        x = draw.normal(5)
        return lambda code: {"y": code.both(x)}

    @rubric.check(cell="noise", points=1)
    def is_random(draw):
        """noise is random"""

        def judge(values):
            if np.array_equal(values[0], values[1]):
                return "twice the same"

        return lambda code: [code.noise(5), code.noise(5)], judge

    return rubric


def draw(check):
    return Draw(b"secret", check)


def grade(reference, tmp_path, **edits):
    """Grade the solution with some cells replaced."""
    namespace = {"np": np}
    for name, source in SOLUTION.items():
        exec(compile(edits.get(name.removesuffix("_code"), source), f"<{name}>", "exec"), namespace)
    grader = CellGrader(small_rubric(), reference, draw, tmp_path)
    cells = [grader.grade(cell, Host(namespace)) for cell in grader.rubric.cells()]
    name_mistakes(cells, reference)
    return {cell.result.grade_id: cell.result for cell in cells}


def named(cells):
    return {
        name: {check.misconception for check in cell.checks if not check.passed}
        for name, cell in cells.items()
        if not all(check.passed for check in cell.checks)
    }


def test_the_solution_passes(reference, tmp_path):
    cells = grade(reference, tmp_path)
    assert {name: (cell.score, cell.max_score) for name, cell in cells.items()} == {
        "double": (1.5, 1.5),
        "shift": (1, 1),
        "both": (2, 2),
        "noise": (1, 1),
    }
    assert all(
        check.passed and not check.message and check.misconception is None and check.title
        for cell in cells.values()
        for check in cell.checks
    )


def test_an_unknown_mistake_fails_without_a_name(reference, tmp_path):
    cells = grade(reference, tmp_path, shift="def shift(x):\n    return x + 7")
    assert cells["shift"].score == 0 and cells["double"].score == 1.5 and cells["both"].score == 0
    assert cells["shift"].checks[0].message == "y is off by the same amount everywhere (+6)"
    assert named(cells) == {"shift": {None}, "both": {None}}


def test_a_known_mistake_is_named_where_it_is_and_where_it_shows(reference, tmp_path):
    cells = grade(reference, tmp_path, double="def double(x):\n    return x + x + x")
    assert named(cells) == {"double": {"tripled"}, "both": {"tripled"}}
    assert cells["double"].score == 0.5
    assert (
        cells["double"].checks[0].message
        == "y is N/(N − 1) × what it should be (N = 3): is it divided by N − 1 instead of N?"
    )
    assert cells["double"].checks[0].hints == ["Look at how y is computed in double.", "", "Two, not three."]
    assert cells["both"].checks[0].hints == ["The same mistake as in double shows here."]


def test_two_independent_mistakes_are_both_named(reference, tmp_path):
    cells = grade(
        reference, tmp_path, double="def double(x):\n    return 3.0 * x", both="def both(x):\n    return 2 * x"
    )
    assert named(cells) == {"double": {"tripled"}, "both": {"shift_forgotten"}}
    assert cells["both"].checks[0].hints[2] == "Shift what was doubled."


def test_a_mistake_that_would_break_what_is_right_is_not_named(reference, tmp_path):
    # `both` behaves as if double tripled, but double itself is right.
    cells = grade(reference, tmp_path, both="def both(x):\n    return 3 * x + 1")
    assert named(cells) == {"both": {None}}
    assert cells["both"].checks[0].hints == []


def test_what_fits_for_once_only_is_no_name(reference, tmp_path):
    rubric = Rubric()
    rubric.check(cell="double", points=1)(lambda draw: lambda code: {"y": code.double(draw)})
    inputs = {"<lambda>": 3.0, "<lambda>, again": 5.0}
    for code, name in (("x * x", None), ("3 * x", "tripled")):  # 3 · 3 and 3² are the same, 3 · 5 and 5² are not
        namespace = {}
        exec(f"def double(x):\n    return {code}", namespace)
        graded = CellGrader(rubric, reference, inputs.get, tmp_path).grade("double", Host(namespace))
        name_mistakes([graded], reference)
        assert [check.misconception for check in graded.result.checks] == [name]


def test_what_code_keeps_between_calls_is_named(reference, tmp_path):
    kept = "y = globals().setdefault('_kept', 2 * x)"
    reference.catalogue = [*MISTAKES, Misconception("kept", "double", {"y = 2 * x": kept}, "Compute it anew.")]
    rubric = Rubric()
    for name in ("first", "second"):
        rubric.check(cell="double", points=1)(_doubling(name))
    for student in (b"ada", b"bob"):
        namespace = {}
        exec(f"def double(x):\n    {kept}\n    return y", namespace)
        grader = CellGrader(rubric, reference, lambda check: Draw(student, check), tmp_path)
        graded = grader.grade("double", Host(namespace))
        name_mistakes([graded], reference)
        assert [(check.passed, check.misconception) for check in graded.result.checks] == [
            (True, None),
            (False, "kept"),
        ]


def test_slow_code_is_asked_once(reference, tmp_path, monkeypatch):
    namespace = {}
    exec("def double(x):\n    return 3 * x", namespace)
    for patience, again in ((2.0, ["doubles"]), (0.0, [])):
        monkeypatch.setattr(verdict, "PATIENCE", patience)
        graded = CellGrader(small_rubric(), reference, draw, tmp_path).grade("double", Host(namespace))
        assert [run.check.name for run in graded.again] == again


def test_code_that_ends_its_process_when_it_is_asked_again_keeps_its_result(reference, tmp_path):
    class Ends(Host):
        def call(self, number, args, kwargs):
            if np.array_equal(args[0], Draw(b"secret", "doubles, again").normal(3, 4)):
                raise OutOfReach("gone")
            return super().call(number, args, kwargs)

    namespace = {}
    exec("def double(x):\n    return 3 * x", namespace)
    graded = CellGrader(small_rubric(), reference, draw, tmp_path).grade("double", Ends(namespace))
    assert graded.gone is not None and graded.result.score == 0.5
    assert [check.message for check in graded.result.checks][1] == ""
    name_mistakes([graded], reference)
    assert graded.result.checks[0].misconception == "tripled"


def test_a_change_in_place_is_wrong_though_the_value_is_right(reference, tmp_path):
    cells = grade(reference, tmp_path, double="def double(x):\n    x += x\n    return x")
    assert cells["double"].checks[0].message == "double changes its argument x in place"
    assert cells["double"].checks[0].hints[2] == "Make a new array."
    assert named(cells)["double"] == {"doubled_in_place"}


def test_a_change_in_place_costs_one_check_of_the_cell(reference, tmp_path):
    rubric = Rubric()
    for name in ("first", "second"):
        rubric.check(cell="double", points=1)(_doubling(name))
    for code, score in (("x += x; return x", 1), ("x += 2 * x; return x", 0)):
        namespace = {}
        exec(f"def double(x):\n    {code}", namespace)
        grader = CellGrader(rubric, reference, draw, tmp_path)
        graded = grader.grade("double", Host(namespace))
        name_mistakes([graded], reference)
        assert graded.result.score == score
        first, second = graded.result.checks
        assert first.message.endswith("double changes its argument x in place")
        if score:
            assert second.message.startswith("otherwise right: a change in place")
            assert (first.misconception, second.misconception) == ("doubled_in_place", None)


def _doubling(name):
    def make(draw):
        x = draw.normal(3)
        return lambda code: {"y": code.double(x)}

    make.__name__ = name
    return make


def test_a_change_in_place_may_be_allowed(reference, tmp_path):
    rubric = Rubric()
    rubric.check(cell="double", points=1, may_change=True)(lambda draw: lambda code: code.double(np.ones(3)))
    namespace = {}
    exec("def double(x):\n    x += x\n    return x", namespace)
    assert CellGrader(rubric, reference, draw, tmp_path).grade("double", Host(namespace)).result.score == 1


def test_errors_are_named_by_type_and_words(reference, tmp_path):
    cells = grade(reference, tmp_path, shift="def shift(x):\n    return x @ np.ones(99)")
    assert cells["shift"].checks[0].message.startswith("it stopped with ValueError: ")
    assert named(cells)["shift"] == {"shape_error"}
    cells = grade(reference, tmp_path, shift="def shift(x):\n    raise ValueError('other words')")
    assert cells["shift"].checks[0].message.startswith("it stopped with ValueError (what it says is not shown here")
    assert named(cells)["shift"] == {None}


@pytest.mark.parametrize(
    "source, message",
    [
        ("def noise(n):\n    return np.zeros(n)", "twice the same"),
        ("def noise(n):\n    pass", "twice the same"),
        ("def noise(n):\n    raise RuntimeError('division by zero')", "it stopped with RuntimeError: division by zero"),
        ("def noise(n, counter=[]):\n    n *= 2\n    return np.random.randn(n)", None),
    ],
)
def test_judges(reference, tmp_path, source, message):
    check = grade(reference, tmp_path, noise=source)["noise"].checks[0]
    assert (check.passed, check.message) == (message is None, message or "") and check.misconception is None


def test_a_judge_that_stumbles_calls_the_answer_wrong(reference, tmp_path):
    rubric = Rubric()
    rubric.check(cell="double", points=1)(
        lambda draw: (lambda code: code.double(np.ones(3)), lambda value: value.missing() if value is None else None)
    )
    result = CellGrader(rubric, reference, draw, tmp_path).grade("double", Host({"double": lambda x: None})).result
    assert result.score == 0
    assert result.checks[0].message == "the result is None: not written yet?"


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda draw: lambda code: code.nowhere(), "name 'nowhere' is not defined"),
        (lambda draw: (lambda code: code.double(np.ones(3)), lambda value: "never good enough"), "never good enough"),
    ],
)
def test_a_reference_that_fails_its_own_check_is_our_mistake(reference, tmp_path, make, words):
    rubric = Rubric()
    rubric.check(cell="double", points=1)(make)
    with pytest.raises(RubricError, match=f"small/first, .*: the reference fails its own check .*{words}"):
        CellGrader(rubric, reference, draw, tmp_path).grade("double", Host({"double": lambda x: 2 * x}))


def test_a_reference_that_changes_its_arguments_is_our_mistake_too(tmp_path, reference):
    rubric = Rubric()
    rubric.check(cell="double", points=1)(lambda draw: lambda code: code.double(np.ones(3)))
    reference.host = reference.mistaken(MISTAKES[1])
    with pytest.raises(RubricError, match="changes its argument x in place"):
        CellGrader(rubric, reference, draw, tmp_path).grade("double", Host({"double": lambda x: 2 * x}))


def test_draws_are_the_same_on_a_regrade_and_differ_between_students():
    one, again, other = (Draw(b"secret", *labels).normal(3) for labels in (("ada", "a"), ("ada", "a"), ("bob", "a")))
    assert np.array_equal(one, again) and not np.array_equal(one, other)
    assert not np.array_equal(one, Draw(b"other secret", "ada", "a").normal(3))
    assert not np.array_equal(Draw(b"s", "ab", "c").normal(3), Draw(b"s", "a", "bc").normal(3))


def test_draws_avoid_what_hides_mistakes():
    for student in map(str, range(200)):
        draws = Draw(b"secret", student)
        assert len(set(draws.labels(2, 3))) == 2
        signed = np.abs(draws.signed(50))
        assert 0.2 <= signed.min() and signed.max() <= 1.5


# Saved nets: a net of two classes for images of two numbers would do, but the classes are ten

D = 12
NET = {"W": np.eye(D, 10)}
IMAGES, LABELS = np.eye(D)[np.arange(40) % 10], np.arange(40) % 10


def scores(code, params, images):
    return code.linear(images, params["W"])


CHECK = SavedNet("reaches", "best", "half is right", 1.0, "net.npz", 0.5, {"W": (D, 10)}, scores, rows)


def examples(labels):
    return saved_net.Examples(IMAGES, labels, CLASSES)


class WithNet:
    settings = Course.find().settings
    host = Host({"linear": lambda x, W: x @ W})

    def __init__(self):
        self.accuracies = {}


@pytest.fixture
def images(monkeypatch):
    monkeypatch.setattr(saved_net, "held_out", lambda *asked: examples(LABELS))


def said(tmp_path):
    return saved_net_verdict(CHECK, tmp_path, WithNet())


@pytest.mark.parametrize("dtype", [np.float64, np.float32, int])
def test_a_good_net_passes(tmp_path, images, dtype):
    save_params(tmp_path / "net.npz", {name: value.astype(dtype) for name, value in NET.items()}, data="stand-in")
    assert said(tmp_path) is None


def test_a_net_without_words_passes_too(tmp_path, images):
    np.savez_compressed(tmp_path / "net.npz", **NET)
    assert said(tmp_path) is None


def test_a_poor_net(tmp_path, images):
    save_params(tmp_path / "net.npz", {"W": np.roll(np.eye(D, 10), 1, axis=1)})
    assert said(tmp_path) == "it classifies 0.0% of them correctly"


def test_a_diverged_net(tmp_path, images):
    for bad in (np.nan, np.inf):
        save_params(tmp_path / "net.npz", {"W": np.full((D, 10), bad)})
        assert said(tmp_path).startswith("W in net.npz contains NaN or infinity: the training diverged")
        assert "0.100, is the share of class 0 (airplane)" in said(tmp_path)


@pytest.mark.parametrize(
    "params",
    [{"W": np.eye(D, 9)}, {"W": np.eye(D + 1, 10)}, {"V": np.eye(D, 10)}, {"W": np.zeros(())}, {"W": np.eye(D, 1)}, {}],
    ids=["classes", "inputs", "name", "number", "one class", "nothing"],
)
def test_a_net_of_another_kind(tmp_path, images, params):
    save_params(tmp_path / "net.npz", params)
    assert said(tmp_path).startswith("the parameters in net.npz do not make a net of this kind")


def test_no_file_a_folder_and_a_link(tmp_path, images):
    sentence = "net.npz was not handed in: the cell after the tuning cell saves it"
    assert said(tmp_path) == sentence
    save_params(tmp_path / "elsewhere.npz", NET)
    (tmp_path / "net.npz").symlink_to(tmp_path / "elsewhere.npz")
    assert said(tmp_path) == sentence
    (tmp_path / "net.npz").unlink()
    (tmp_path / "net.npz").mkdir()
    assert said(tmp_path) == sentence


def npy(descr, shape, body=b""):
    head = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape!r}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + body


def archive(path, **entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, data in entries.items():
            zipped.writestr(name.replace("__dot__", "."), data)


def pickled():
    stream = io.BytesIO()
    np.save(stream, np.array([print], dtype=object), allow_pickle=True)
    return stream.getvalue()


def test_files_that_are_no_saved_nets(tmp_path, images):
    for content in (b"", b"PK\x03\x04", b"not a zip file" * 100, npy("<f8", (2,), b"\x00" * 16)):
        (tmp_path / "net.npz").write_bytes(content)
        assert said(tmp_path) == "net.npz is not a file that save_params wrote"
    for entry in (pickled(), npy("<f8", (2,), b"\x00" * 8), npy("|O", (1,), b"x" * 8)):
        archive(tmp_path / "net.npz", W__dot__npy=entry)
        assert said(tmp_path) is not None and "Traceback" not in said(tmp_path)


def test_a_pickle_is_never_loaded(tmp_path, images):
    archive(tmp_path / "net.npz", W__dot__npy=pickled())
    with pytest.raises(ValueError, match="is damaged, or not a file that save_params wrote"):
        read_saved_net(tmp_path / "net.npz")


def test_a_file_that_unpacks_to_too_much(tmp_path, images, monkeypatch):
    monkeypatch.setattr(nets, "MAX_BYTES", 2**20)
    np.savez_compressed(tmp_path / "net.npz", W=np.zeros(2**18))
    assert (tmp_path / "net.npz").stat().st_size < 2**14
    assert said(tmp_path) == "net.npz holds 2 MiB; the limit is 1 MiB"


def test_a_damaged_file(tmp_path, images):
    save_params(tmp_path / "net.npz", NET)
    data = bytearray((tmp_path / "net.npz").read_bytes())
    data[300] ^= 0xFF
    (tmp_path / "net.npz").write_bytes(data)
    assert said(tmp_path) == "net.npz is damaged, or not a file that save_params wrote"


def damage_compressed(path):
    np.savez_compressed(path, W=np.random.default_rng(0).standard_normal((D, 10)))
    data = bytearray(path.read_bytes())
    data[60:200] = b"\xff" * 140
    path.write_bytes(data)


ODD = {
    "an entry that is no array": lambda path: archive(path, W__dot__npy=b"no array"),
    "a damaged compressed file": damage_compressed,
    "an array of words": lambda path: np.savez(path, W=np.array(["a", "b"])),
    "a header that asks for all memory": lambda path: archive(path, W__dot__npy=npy("<f8", (2**47,))),
    "words that are a list": lambda path: np.savez(path, W=np.eye(D, 10), __info__=np.array("[1]")),
    "words nested too deep": lambda path: np.savez(path, W=np.eye(D, 10), __info__=np.array("[" * 100_000)),
}


def test_a_file_of_very_many_arrays_is_not_opened(tmp_path, images):
    for count, sentence in (
        (100, "net.npz holds 100 arrays; the limit is 64"),
        (20_000, "net.npz is not a file that save_params wrote"),
    ):
        with zipfile.ZipFile(tmp_path / "net.npz", "w") as file:
            for number in range(count):
                file.writestr(f"a{number}.npy", b"")
        began = time.process_time()
        assert said(tmp_path) == sentence and time.process_time() - began < 5


def test_names_of_arrays_are_shown_short_and_printable(tmp_path, images):
    np.savez(
        tmp_path / "net.npz",
        **{"\x1b[2J" + "x" * 60_000: np.ones(2)},
        **{f"a{number}": np.ones(1) for number in range(20)},
    )
    message = said(tmp_path)
    assert (
        message.isprintable()
        and "?[2Jxx" in message
        and "… (2,)" in message
        and "and 13 more" in message
        and len(message) < 300
    )


def test_very_many_words_are_not_read(tmp_path, images):
    np.savez(tmp_path / "net.npz", W=np.eye(D, 10), __info__=np.array('{"data": [' + "[]," * 2**19 + "0]}"))
    assert said(tmp_path) == "net.npz is damaged, or not a file that save_params wrote"


def test_words_that_are_no_json(tmp_path, images):
    np.savez(tmp_path / "net.npz", W=np.eye(D, 10), __info__=np.array("{"))
    assert said(tmp_path) == "net.npz is damaged, or not a file that save_params wrote"


@pytest.mark.parametrize("name", ODD)
def test_odd_files_are_answered_with_a_sentence(tmp_path, images, name):
    ODD[name](tmp_path / "net.npz")
    assert said(tmp_path)


def test_a_net_that_cannot_be_judged_is_left_to_a_person(tmp_path, monkeypatch, reference):
    save_params(tmp_path / "net.npz", NET, data="CIFAR-10")

    def no_data(settings, source, *how):
        assert source == "CIFAR-10"
        raise CannotGrade("this machine does not have the data")

    monkeypatch.setattr(saved_net, "held_out", no_data)
    rubric = Rubric()
    rubric.saved_net(cell="best", file="net.npz", thresholds={0.3: 1, 0.5: 2}, shapes={"W": (D, 10)}, inputs=rows)(
        scores
    )
    assert rubric.files() == ["net.npz"] and rubric.points("best") == 3
    result = CellGrader(rubric, reference, draw, tmp_path).grade("best", Host({})).result
    assert result.score is None and result.needs_manual_grade and result.max_score == 3
    assert {check.message for check in result.checks} == {"this machine does not have the data"}
    assert not any(check.passed for check in result.checks)


def test_thresholds_are_graded_one_by_one(tmp_path, reference, images):
    half = np.eye(D, 10)
    half[:, :4] = 0  # four classes of ten are lost, and one of them (the first) is what zeros stand for
    save_params(tmp_path / "net.npz", {"W": half})
    rubric = Rubric()
    rubric.saved_net(
        cell="best", file="net.npz", thresholds={0.3: 1, 0.7: 1, 0.75: 1}, shapes={"W": (D, 10)}, inputs=rows
    )(scores)
    reference.host.namespace["linear"] = lambda x, W: x @ W
    result = CellGrader(rubric, reference, draw, tmp_path).grade("best", Host({})).result
    assert [check.passed for check in result.checks] == [True, True, False] and result.score == 2
    assert result.checks[2].message == "it classifies 70.0% of them correctly"


def test_accuracy_is_at_least_the_threshold(tmp_path, monkeypatch):
    def about(labels):
        monkeypatch.setattr(saved_net, "held_out", lambda *asked: examples(labels))
        return said(tmp_path)

    save_params(tmp_path / CHECK.file, NET)
    assert about(np.roll(LABELS, 1)) == "it classifies 0.0% of them correctly"
    assert about(np.where(LABELS < 5, LABELS, 0)) is None


def test_a_net_is_evaluated_once_for_all_its_thresholds_and_anew_if_it_is_another(tmp_path, images, monkeypatch):
    asked = []
    monkeypatch.setattr(saved_net, "accuracy", lambda check, *rest: asked.append(check) or accuracy(check, *rest))
    reference = WithNet()

    def verdicts():
        return [
            saved_net_verdict(replace(CHECK, accuracy=threshold), tmp_path, reference) for threshold in (0.2, 0.9, 1.1)
        ]

    save_params(tmp_path / CHECK.file, NET)
    assert verdicts() == [None, None, "it classifies 100.0% of them correctly"] and len(asked) == 1
    save_params(tmp_path / CHECK.file, {name: -value for name, value in NET.items()})
    assert "it classifies 0.0% of them correctly" in verdicts() and len(asked) == 2


def test_parameters_that_no_training_has_moved_are_told(tmp_path, images):
    check = dataclasses.replace(CHECK, accuracy=1.1)
    save_params(tmp_path / CHECK.file, NET)
    assert saved_net_verdict(check, tmp_path, WithNet()) == "it classifies 100.0% of them correctly"
    save_params(tmp_path / CHECK.file, {"W": 0 * NET["W"]})
    assert saved_net_verdict(check, tmp_path, WithNet()).endswith(
        "correctly; W is 0 everywhere, as in a new net: does the update reach it?"
    )


def test_a_net_may_know_some_classes_only_and_be_fed_in_its_own_way(tmp_path):
    def brightness(images, training):
        assert training.shape == (50_000, 32, 32, 3)
        return images.mean(axis=(1, 2, 3))[:, np.newaxis]

    everything = saved_net.held_out(WithNet.settings, "stand-in", brightness, None)
    ships_and_birds = saved_net.held_out(WithNet.settings, "stand-in", brightness, (8, 2))
    assert everything.names == CLASSES and ships_and_birds.names == ("ship", "bird")
    chosen = np.isin(everything.labels, (8, 2))
    np.testing.assert_array_equal(ships_and_birds.inputs, everything.inputs[chosen])
    np.testing.assert_array_equal(np.array([8, 2])[ships_and_birds.labels], everything.labels[chosen])

    check = dataclasses.replace(CHECK, inputs=brightness, classes=(8, 2), shapes={"W": (1, 2)}, accuracy=0.1)
    save_params(tmp_path / "net.npz", {"W": np.array([[1.0, -1.0]])}, data="stand-in")
    assert saved_net_verdict(check, tmp_path, WithNet()) is None
    three = dataclasses.replace(check, classes=(8, 2, 5))
    assert "do not make a net of this kind" in saved_net_verdict(three, tmp_path, WithNet())


def test_a_name_has_to_explain_all_that_failed_in_a_cell(reference, tmp_path):
    """Three times as much looks like one known mistake; what happens to zeros is another, that nobody knows."""
    cells = grade(reference, tmp_path, double="def double(x):\n    return 3 * x if x.any() else x + 1")
    assert named(cells)["double"] == {None}


def test_a_mistake_that_would_have_failed_otherwise_is_not_named(reference, tmp_path):
    reference.catalogue = [
        Misconception("ones_for_zeros", "double", {"y = 2 * x": "y = 3 * x + (not x.any())"}, "Zeros stay zeros."),
        Misconception("twos_for_zeros", "double", {"y = 2 * x": "y = 2 * x + 2 * (not x.any())"}, "Zeros stay zeros."),
    ]
    cells = grade(reference, tmp_path, double="def double(x):\n    return 3 * x if x.any() else x + 2.0")
    # Each would explain one check; but the first would have failed the other as well, with 1 in place of 2.
    assert named(cells)["double"] == {None}
