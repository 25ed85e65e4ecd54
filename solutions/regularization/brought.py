"""Known mistakes in what students bring along from earlier notebooks."""

from autograder.authoring.misconception import Misconception as M

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
      "Each row of the gradient: p minus 1 at the right class, divided by how many?"),
    M("softmax_overflows", "bring_layers", {"x - x.max(axis=1, keepdims=True)": "x"},
      "Large scores overflow: subtract each row's maximum before exp.",
      "Try scores of 1000. What does exp make of them?"),
    M("adam_without_correction", "bring_adam",
      {'config["m"] / (1 - config["beta1"] ** config["t"])': 'config["m"]',
       'config["v"] / (1 - config["beta2"] ** config["t"])': 'config["v"]'},
      "The averages start at zero and are too small at first: divide by 1 − βᵗ.",
      "The first step must be as long as the learning rate, whatever the gradient. Is yours?"),
]
