import pytest

from cs231n_utils.notebook import add_to_class, also_called


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
    def times(self, x):
        return -x

    assert net.times(2) == -2


@pytest.mark.parametrize("wrong", [None, 3, "TwoLayerNet"])
def test_something_other_than_a_class_is_refused_with_a_sentence(wrong):
    with pytest.raises(TypeError, match="needs a class"):
        add_to_class(wrong)


def test_an_argument_has_a_second_name_where_the_class_does_not_know_the_first():
    class Old:
        """A net."""

        def __init__(self, sizes, use_batchnorm=False, reg=0.0):
            self.made = sizes, use_batchnorm, reg

    class New:
        def __init__(self, sizes, normalization=None):
            self.made = sizes, normalization

    class Other:
        def __init__(self, sizes):
            self.made = sizes

    before = New.__init__, Other.__init__
    for cls in (Old, Old, New, Other, type("Empty", (), {})):
        also_called(cls, normalization="use_batchnorm")
    assert Old([5], normalization="batchnorm", reg=0.1).made == ([5], "batchnorm", 0.1)
    assert Old([5], True).made == Old([5], use_batchnorm=True).made == ([5], True, 0.0)
    assert (New.__init__, Other.__init__) == before
    with pytest.raises(TypeError, match="normalization"):
        Other([5], normalization=None)
