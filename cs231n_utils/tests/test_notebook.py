import pytest

from cs231n_utils.notebook import add_to_class


def test_a_method_written_later_reaches_objects_made_earlier():
    class Net:
        scale = 3

    net = Net()

    @add_to_class(Net)
    def times(self, x):
        return self.scale * x

    assert net.times(2) == 6
    assert times.__qualname__.endswith("Net.times")

    @add_to_class(Net)
    def times(self, x):  # noqa: F811  the cell is run again
        return -x

    assert net.times(2) == -2


@pytest.mark.parametrize("wrong", [None, 3, "TwoLayerNet"])
def test_something_other_than_a_class_is_refused_with_a_sentence(wrong):
    with pytest.raises(TypeError, match="needs a class"):
        add_to_class(wrong)
