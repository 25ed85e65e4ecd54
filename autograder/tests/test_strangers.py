"""What was written before anybody looked at the checks: no right answer loses a point, no mistake keeps them all."""

from __future__ import annotations

import pytest
from conftest import quick

from autograder.authoring.notebook import check_cells
from autograder.grading.reference import reference_of
from autograder.tests.strangers import put, strangers

ALL = list(strangers())
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@pytest.mark.parametrize("stranger", quick(ALL, lambda one: one in ALL[::40]), ids=[str(one)[:80] for one in ALL])
def test_a_stranger_gets_what_they_deserve(stranger):
    ruling = put(reference_of(stranger.notebook), stranger)
    said = [check.message for check in ruling.checks]
    if stranger.right:
        assert not said, f"{stranger}, which is right, hears {said}"
    else:
        assert ruling.lost, f"{stranger} gets full points"


def test_there_are_as_many_as_were_asked_for():
    assert sum(not one.right for one in ALL) >= 100 and sum(one.right for one in ALL) >= 50
    assert len({one.source for one in ALL}) == len(ALL)
    for one in ALL:
        assert one.cell.removesuffix("_code") in check_cells(one.notebook), one
