"""What students bring along to several notebooks: its checks, and its known mistakes.

It was judged in full where it was written; here it is judged only far enough that what builds on it can be trusted.
"""

import numpy as np

from autograder.authoring.misconception import Misconception as M


def affine_and_relu(draw):
    """A probe: outputs and gradients of affine and ReLU layers."""
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


def softmax_losses(draw):
    """A probe: losses and gradients of ordinary scores, of as many examples as classes, of large scores, of scores far
    apart."""
    x, y, square = draw.normal(6, 4), draw.labels(6, 4), draw.normal(5, 5)
    large = draw.normal(3, 4) + 1000.0 * np.array([[1], [-1], [2]])
    # Two classes have a chance, so that no loss is near 0, where an epsilon in the denominator would show.
    apart = 1000.0 * np.array([[1.0, -1.0, -1.0, 1.0], [-1.0, 1.0, -1.0, 1.0]]) + draw.signed(2, 4)
    cases = {"": (x, y), " of as many examples as classes": (square, np.array([0, 3, 1, 4, 4])),
             " of large scores": (large, np.array([0, 3, 1])), " of scores far apart": (apart, np.array([0, 1]))}

    def probe(code):
        found = {}
        for what, (scores, labels) in cases.items():
            found[f"loss{what}"], found[f"dx{what}"] = code.softmax_loss(scores, labels)
        return found
    return probe


def brings_affine_and_relu(draw):
    """affine and ReLU layers give the right outputs and gradients"""
    return affine_and_relu(draw)


def brings_the_softmax_loss(draw):
    """softmax_loss gives the mean loss and its gradient, for large scores too"""
    return softmax_losses(draw)


def brings_adam(draw):
    """adam takes the right steps, from the start and from the middle of a training"""
    w, first, second = draw.normal(3, 4), draw.signed(3, 4), draw.signed(3, 4)
    middle = {"learning_rate": 0.02, "beta1": 0.8, "beta2": 0.9, "m": draw.normal(3, 4),
              "v": np.abs(draw.signed(3, 4)), "t": draw.integers(2, 9)}

    def probe(code):
        once, config = code.adam(w, first, code.put({"learning_rate": 0.1}))
        once = np.asarray(once)  # the next step may write into it
        twice, config = code.adam(once, second, config)
        later, state = code.adam(w, second, code.put(middle))
        return {"first step": once, "second step": twice, "t": config["t"], "a step in the middle": later,
                "m": state["m"], "v": state["v"], "t in the middle": state["t"],
                "a step with the default rate": code.adam(w, first, code.put({}))[0] - w,
                "a step without a gradient": code.adam(w, np.zeros((3, 4)), code.put({}))[0]}
    return probe


# Known mistakes in what is brought along

BROUGHT = [
    M("bias_left_out", "bring_layers", {"@ w + b": "@ w"},
      "The bias is left out in affine_forward.",
      "With w = 0 the output of affine_forward must be b in every row. Is it?"),
    M("gate_from_dout", "bring_layers", {"(cache > 0)": "(dout > 0)"},
      "The gate of relu_backward is decided by the input of the forward pass, not by the sign of dout.",
      "Would your gate be the same if dout changed its sign?"),
    M("softmax_gradient_not_averaged", "bring_layers", {"np.exp(log_p) / len(x)": "np.exp(log_p)",
      "-= 1 / len(x)": "-= 1"},
      "The loss is a mean over the batch, so its gradient is divided by N as well.",
      "Each row of the gradient is p, minus 1 at the right class, divided by a number: by which one?"),
    M("softmax_overflows", "bring_layers", {"x - x.max(axis=1, keepdims=True)": "x"},
      "Large scores overflow: subtract each row's maximum before exp.",
      "Try scores of 1000. What does exp make of them?"),
    M("adam_without_correction", "bring_adam",
      {'config["m"] / (1 - config["beta1"] ** config["t"])': 'config["m"]',
       'config["v"] / (1 - config["beta2"] ** config["t"])': 'config["v"]'},
      "The averages start at zero and are too small at first: divide by 1 − βᵗ.",
      "The first step must be as long as the learning rate, whatever the gradient. Is yours?"),
]

# Known mistakes in a net of several layers, in whichever cell a notebook has it

PENALTY_WITHOUT_HALF = M(
    "penalty_without_half", "fully_connected_net", {"0.5 * self.reg *": "self.reg *"},
    "The penalty is ½ · reg · ΣW², and the ½ is missing in the loss.",
    "Subtract the loss at reg = 0 from that with reg. Is what is left half of reg times the sum of squares?")
PENALTY_WITHOUT_HALF_THROUGHOUT = M(
    "penalty_without_half_throughout", "fully_connected_net",
    {"0.5 * self.reg *": "self.reg *", "+ self.reg * params": "+ 2 * self.reg * params"},
    "Loss and gradient agree, but the penalty here is ½ · reg · ΣW², with the gradient reg · W; yours is that of other pages "
    "and years, reg · ΣW². Put the ½ in front, and take the 2 out of the gradient.",
    "Subtract the loss at reg = 0 from that with reg. Is what is left half of reg times the sum of squares?")
PENALTY_GRADIENT_MISSING = M(
    "penalty_gradient_missing", "fully_connected_net",
    {'grads[f"W{i}"] + self.reg * params[f"W{i}"]': 'grads[f"W{i}"]'},
    "The gradients of W lack the penalty's term, reg · W.",
    "The gradient is the derivative of the loss that you wrote down, term by term: what does the penalty's term give "
    "for a single weight w?")
WEIGHTS_NOT_SCALED = M(
    "weights_not_scaled", "fully_connected_net", {"weight_scale * np.random.randn": "np.random.randn"},
    "The weights are not multiplied by weight_scale.", "Print the standard deviation of W1: is it weight_scale?")
