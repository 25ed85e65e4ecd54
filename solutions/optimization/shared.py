"""What the notebooks of this assignment check in the TwoLayerNet that students bring along from `layers`, and its known
mistakes."""

import numpy as np

from autograder.authoring.misconception import Misconception as M
from autograder.grading.judging import numbers

D, H, C, N = 12, 8, 5, 7
NAMES = ("W1", "b1", "W2", "b2")


def _builder(params, reg):
    def build(code):
        net = code.TwoLayerNet(input_dim=D, hidden_dim=H, num_classes=C, weight_scale=1e-2, reg=reg)
        net.params = params
        return net
    return build


def loss_and_gradients(draw):
    """A probe: scores, loss and gradients with and without reg, for batches of several sizes, and for large scores."""
    params = {"W1": draw.normal(D, H, scale=0.5), "b1": draw.normal(H, scale=0.3),
              "W2": draw.normal(H, C, scale=0.5), "b2": draw.signed(C)}
    X, = draw.clear(lambda: (draw.normal(N, 3, 2, 2),), lambda X: X.reshape(N, D) @ params["W1"] + params["b1"], 1e-2)
    y = draw.labels(N, C)
    # One hidden unit copies one input and decides by thousands for the right class; in the last row it is silent. So the
    # largest score of each row is the only one that is safe to subtract.
    loud = {"W1": np.eye(D, H), "b1": np.zeros(H), "W2": np.zeros((H, C)), "b2": draw.signed(C)}
    loud["W2"][0] = [2000.0, -1000.0, 500.0, -2000.0, 0.0]
    X_loud = np.abs(draw.signed(4, D, low=1.0, high=3.0)) * np.array([[1], [1], [1], [-1]])

    def probe(code):
        plain, penalized = _builder(params, 0.0)(code), _builder(params, 0.7)(code)
        values = {"scores": plain.loss(X), "loss without reg": plain.loss(X[:2], y[:2])[0]}
        loss, grads = penalized.loss(X, y)
        values |= {"loss with reg": loss, **{f"gradient of {name}": grads[name] for name in NAMES}}
        loss, grads = _builder(loud, 0.0)(code).loss(X_loud, np.array([0, 0, 0, int(np.argmax(loud["b2"]))]))
        return values | {"loss of large scores": loss, "gradient of b2 with large scores": grads["b2"]}
    return probe


def first_weights(draw):
    """A probe and a judge: random weights of the size asked for, biases of zero.

    Bounds of 5.5 standard errors: a right answer fails one of the two, in one of the two matrices of 30 000 and 10 000
    numbers, in 1.5 of 10⁷ hand-ins if the numbers are normal, and less often if they are uniform.
    """
    inputs, hidden, classes, scale = 150 + draw.integers(0, 20), 200, 50, 0.002 * draw.integers(2, 9)

    def probe(code):
        net = code.TwoLayerNet(input_dim=inputs, hidden_dim=hidden, num_classes=classes, weight_scale=scale, reg=0.3)
        return {name: net.params[name] for name in NAMES}

    def judge(params):
        for name, shape in {"W1": (inputs, hidden), "b1": (hidden,), "W2": (hidden, classes), "b2": (classes,)}.items():
            value = numbers(params[name], name, *shape)
            if name.startswith("b") and value.any():
                return f"{name} does not start at zero"
            if name.startswith("W") and not abs(value.std() / scale - 1) < 5.5 / np.sqrt(2 * value.size):
                return f"{name} has a standard deviation of {value.std() / scale:.3g} × weight_scale instead of 1 × weight_scale"
            if name.startswith("W") and not abs(value.mean() / scale) < 5.5 / np.sqrt(value.size):
                return f"{name} has a mean of {value.mean() / scale:.3g} × weight_scale instead of 0"
            if name.startswith("W") and len(np.unique(value)) < 0.9 * value.size:
                return f"{name} has repeated numbers: draw each weight by itself"
        return None
    return probe, judge


NETWORK = [
    M("network_without_reg_gradient", "two_layer_net", {' + self.reg * p["W1"]': "", ' + self.reg * p["W2"]': ""},
      "The gradients of W1 and W2 lack the penalty's part, reg · W.",
      "Set reg to 0: do loss and gradients agree then?", "Look at the gradients of your TwoLayerNet with reg."),
    M("network_penalty_without_half", "two_layer_net",
      {"self.reg / 2": "self.reg", '+ self.reg * p["W1"]': '+ 2 * self.reg * p["W1"]', '+ self.reg * p["W2"]': '+ 2 * self.reg * p["W2"]'},
      "Here the penalty has the ½, as in the notebook layers; yours has none.",
      "Subtract the loss with reg = 0. Is what is left ½ · reg · (ΣW1² + ΣW2²)?", "Look at the penalty of your TwoLayerNet."),
    M("network_not_averaged", "two_layer_net", {"logs[chosen].mean()": "logs[chosen].sum()", "        signal /= len(X)\n": ""},
      "Average the loss over the batch.", "Put every example into the batch twice: a mean does not change. Does your loss?",
      "Look at the loss of your TwoLayerNet."),
    M("network_without_relu", "two_layer_net", {'np.maximum(rows @ p["W1"] + p["b1"], 0)': 'rows @ p["W1"] + p["b1"]', " * (hidden > 0)": ""},
      "There is no ReLU between the two layers.", "Where in your network can a negative number become 0?",
      "Look at the hidden layer of your TwoLayerNet."),
    M("network_weights_zero", "two_layer_net", {"np.random.randn(*shape) * weight_scale": "np.zeros(shape)"},
      "The first weights are all zero: random ones, of size weight_scale, are needed.",
      "With equal weights all hidden units stay the same. Are yours equal?", "Look at how your TwoLayerNet makes its first weights."),
]
