"""Whether a tuning cell reads the test set."""

import pytest

from autograder.grading.tuning import use_of_the_test_set


@pytest.mark.parametrize(
    "source, line",
    [
        (
            "for lr in rates:\n    acc = (net.predict(X_test) == y_test).mean()",
            "acc = (net.predict(X_test) == y_test).mean()",
        ),
        (
            "acc = solver.check_accuracy(data['X_test'], data[\"y_test\"])",
            "acc = solver.check_accuracy(data['X_test'], data[\"y_test\"])",
        ),
        ("best = fit(X_val)\n# not X_test", None),
        ("print('X_test comes later')", None),
        ("X_test = None\nacc = net.predict(X_val)", None),
        ("%%time\nnet.predict(X_test)", "net.predict(X_test)"),
        ("def broken(", None),
        ("", None),
    ],
)
def test_the_line_that_uses_it(source, line):
    assert use_of_the_test_set(source) == line
