"""What students bring along: judged in full where it was written, and here so that what builds on it can be trusted."""

import numpy as np

from autograder.authoring.rubric import Rubric


def ask_for_layers_and_adam(rubric: Rubric) -> None:
    """Add the checks of the cells `bring_layers` and `bring_adam` to a notebook's rubric."""

    @rubric.check(cell="bring_layers", points=1)
    def brings_affine_and_relu(draw):
        """affine and ReLU layers give the right outputs and gradients"""
        x, w, b, dout = draw.signed(3, 2, 4), draw.normal(8, 5), draw.normal(5), draw.normal(3, 5)
        more, dmore, z, dz = draw.normal(4, 8), draw.normal(4, 5), draw.signed(4, 3, 2), draw.signed(4, 3, 2)

        def probe(code):
            out, cache = code.affine_forward(x, w, b)
            active, relu_cache = code.relu_forward(z)
            return {"out": out, "gradients": code.affine_backward(dout, cache), "ReLU": active,
                    "gradients of other rows": code.affine_backward(dmore, code.affine_forward(more, w, b)[1]),
                    "gradient of ReLU": code.relu_backward(dz, relu_cache),
                    "gradient of another ReLU": code.relu_backward(dz[:1], code.relu_forward(-z[:1])[1])}
        return probe

    @rubric.check(cell="bring_layers", points=1)
    def brings_the_softmax_loss(draw):
        """softmax_loss gives the mean loss and its gradient, for large scores too"""
        x, y, more = draw.normal(6, 4), draw.labels(6, 4), draw.normal(5, 5)
        large = draw.normal(3, 4) + 1000.0 * np.array([[1], [-1], [2]])
        apart = 1000.0 * np.array([[1.0, -1.0, -1.0], [-1.0, -1.0, 1.0]]) + draw.signed(2, 3)
        return lambda code: {"loss and gradient": code.softmax_loss(x, y), "of as many examples as classes":
                             code.softmax_loss(more, np.array([0, 3, 1, 4, 4])),
                             "of large scores": code.softmax_loss(large, np.array([0, 3, 1])),
                             "of scores far apart": code.softmax_loss(apart, np.array([0, 2]))}

    @rubric.check(cell="bring_adam", points=1)
    def brings_adam(draw):
        """adam takes the right steps, from the start and from the middle of a training"""
        w, first, second = draw.normal(3, 4), draw.signed(3, 4), draw.signed(3, 4)
        middle = {"learning_rate": 0.02, "beta1": 0.8, "beta2": 0.9, "epsilon": 0.1, "m": draw.normal(3, 4),
                  "v": np.abs(draw.signed(3, 4)), "t": draw.integers(2, 9)}
        tiny = 1e-8 * draw.signed(5)

        def probe(code):
            once, config = code.adam(w, first, code.put({"learning_rate": 0.1}))
            twice, config = code.adam(once, second, config)
            later, state = code.adam(w, second, code.put(middle))
            return {"first step": once, "second step": twice, "t": config["t"], "a step in the middle": later,
                    "m": state["m"], "v": state["v"], "t in the middle": state["t"],
                    "a step with the default rate": code.adam(w, first, code.put({}))[0] - w,
                    "a step with tiny gradients": code.adam(np.zeros(5), tiny, code.put({"learning_rate": 1.0}))[0]}
        return probe
