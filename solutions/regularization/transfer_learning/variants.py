"""Right answers to transfer_learning.ipynb. A variant of a cell works with the reference's others and with each other's."""

from autograder.authoring.variant import Variant as V

from ..batch_normalization.variants import CORPUS as _BATCH_NORMALIZATION
from ..dropout.variants import CORPUS as _DROPOUT

_BROUGHT = {variant.name: variant for variant in (*_BATCH_NORMALIZATION, *_DROPOUT)}


def _together(layers: str, net: str, adam: str) -> dict[str, str]:
    """The code of the one cell in this notebook, from three cells of the others."""
    return {"bring_net": "\n".join([_BROUGHT[layers].code("bring_layers"), _BROUGHT[net].code("fully_connected_net"),
                                    _BROUGHT[adam].code("bring_adam")])}


CORPUS = [
    V("brought_as_published", _together("layers_as_published", "net_in_one_piece_as_published", "adam_as_published")),
    V("brought_as_a_list_of_steps", _together("layers_of_helper_cells", "net_with_a_list_of_steps", "adam_rearranged")),
    V("brought_with_helper_layers", _together("layers_in_single_precision", "net_with_helper_layers", "adam_with_getters"),
      "in float32 a check here may say ✗ for want of digits, which costs nothing"),

    V("brought_that_works_in_place", _together("layers_with_epsilon_in_the_denominator", "net_with_helper_layers", "adam_in_place")),

    V("split_in_a_loop", {"split_classes": """
def split_classes(X, y, classes):
    images, labels = [], []
    for i in range(len(y)):
        for k, c in enumerate(classes):
            if y[i] == c:
                images.append(X[i])
                labels.append(k)
    return np.array(images), np.array(labels)
"""}),
    V("split_with_a_dictionary", {"split_classes": """
def split_classes(X, y, classes):
    number = {c: k for k, c in enumerate(classes)}
    keep = [i for i, label in enumerate(y) if label in number]
    return X[keep], np.array([number[label] for label in y[keep]])
"""}),
    V("split_by_comparing_with_each", {"split_classes": """
def split_classes(X, y, classes):
    match = y[:, None] == np.array(classes)[None, :]
    mask = match.any(axis=1)
    return X[mask], match[mask].argmax(axis=1)
"""}),
    V("split_with_list_index", {"split_classes": """
def split_classes(X, y, classes):
    mask = np.zeros(y.shape, dtype=bool)
    for c in classes:
        mask |= y == c
    y_part = np.array([list(classes).index(label) for label in y[mask]], dtype=np.int32)
    return X[mask].copy(), y_part
"""}),

    V("head_replaced_in_a_deep_copy", {"with_new_head": """
import copy

def with_new_head(base, num_classes, weight_scale=1e-2):
    net = copy.deepcopy(base)
    last = base.num_layers
    features = base.params["W%d" % last].shape[0]
    net.params["W%d" % last] = (weight_scale * np.random.randn(features, num_classes)).astype(base.dtype)
    net.params["b%d" % last] = np.zeros(num_classes, dtype=base.dtype)
    return net
"""}),
    V("head_with_sizes_of_the_biases", {"with_new_head": """
def with_new_head(base, num_classes, weight_scale=1e-2):
    sizes = [base.params["b" + str(i)].size for i in range(1, base.num_layers)]
    net = FullyConnectedNet(sizes, len(base.params["W1"]), num_classes, weight_scale=weight_scale, reg=base.reg,
                            dtype=base.dtype)
    head = (f"W{base.num_layers}", f"b{base.num_layers}")
    net.params.update({name: np.array(value) for name, value in base.params.items() if name not in head})
    return net
"""}),
    V("head_written_into_the_arrays", {"with_new_head": """
# %%
def layer(net, i):
    return net.params[f"W{i}"], net.params[f"b{i}"]
# %%
def with_new_head(base, num_classes, weight_scale=1e-2):
    hidden = [layer(base, i + 1)[0].shape[1] for i in range(base.num_layers - 1)]
    net = FullyConnectedNet(hidden, input_dim=base.params["W1"].shape[0], num_classes=num_classes,
                            weight_scale=weight_scale, reg=base.reg, dtype=base.dtype)
    for i, _ in enumerate(hidden, 1):
        for new, old in zip(layer(net, i), layer(base, i)):
            new[...] = old
    return net
"""}),

    V("rates_by_name", {"set_learning_rates": """
def set_learning_rates(solver, layers, factor):
    for i in range(1, layers + 1):
        for kind in ("W", "b", "gamma", "beta"):
            name = f"{kind}{i}"
            if name in solver.optim_configs:
                solver.optim_configs[name]["learning_rate"] = factor * solver.optim_configs[name]["learning_rate"]
"""}),
    V("rates_with_a_regular_expression", {"set_learning_rates": """
import re

def set_learning_rates(solver, layers, factor):
    for name in solver.optim_configs:
        if int(re.search(r"[0-9]+$", name)[0]) <= layers:
            solver.optim_configs[name]["learning_rate"] *= factor
"""}),
    V("rates_in_new_dictionaries", {"set_learning_rates": """
def set_learning_rates(solver, layers, factor):
    solver.optim_configs = {
        name: {**config, "learning_rate": config["learning_rate"] * (factor if int(name.lstrip("Wbgamet")) <= layers else 1)}
        for name, config in solver.optim_configs.items()}
    return solver
"""}),
]
