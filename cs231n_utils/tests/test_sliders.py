import matplotlib.pyplot as plt

from cs231n_utils.plots import slide


def test_without_a_notebook_it_is_a_picture_with_the_numbers_in_the_middle():
    seen = []

    def draw(**numbers):
        seen.append(numbers)
        plt.plot([0, 1])

    slide(draw, rate=(0.1, 0.2, 0.3), power=(1, 2))
    assert seen == [{"rate": 0.2, "power": 2}]
    assert len(plt.gcf().axes) == 1  # open, for plt.show
