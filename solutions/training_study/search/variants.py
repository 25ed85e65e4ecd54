"""Right answers to search.ipynb that look different from the solution."""

from autograder.authoring.variant import Variant as V

from ..capacity_regularization_learning_rate.variants import CORPUS as FUNCTIONS

_FIND = """
def find_best_net(data_dict, get_param_set_fn, num_iters=300, batch_size=200):
"""


def _functions(name: str, *parts: str) -> V:
    """The four functions in one cell, from variants of the first notebook."""
    written = {cell: variant.code(cell) for variant in FUNCTIONS if variant.name in parts for cell in variant.cells}
    contract = next((variant.contract for variant in FUNCTIONS if variant.name in parts and variant.contract), "")
    return V(name, {"bring_your_functions": "\n\n".join(written.values())}, contract)


CORPUS = [
    _functions("functions_by_einsum", "forward_by_a_mask", "both_einsum_one_hot", "predict_row_by_row",
    "train_randint"),
    _functions("functions_in_single_precision", "forward_single_precision", "both_single_precision",
               "predict_asks_with_y_none", "train_update"),
    _functions("functions_in_numpy", "forward_maximum", "both_probabilities_first", "predict_by_sorting",
               "train_decays_after_the_epoch"),
    _functions("functions_with_helpers", "forward_einsum_and_where", "both_with_helpers", "predict_asks_with_y_none",
               "train_generator"),

    V("params_many", {"nn_get_search_params": """
def nn_get_search_params():
    learning_rates = [0.5, 1, 1.5, 2]
    hidden_sizes = [64, 128, 256, 512]
    regularization_strengths = [0, 1e-5, 1e-4]
    learning_rate_decays = [93e-2, 95e-2, 97e-2]
    return learning_rates, hidden_sizes, regularization_strengths, learning_rate_decays
"""}),
    V("params_of_numpy", {"nn_get_search_params": """
def nn_get_search_params():
    return (np.logspace(-1, 0, 3), np.array([32, 64]), np.geomspace(1e-5, 1e-3, 3), np.linspace(0.9, 1.0, 2))
"""}),
    V("params_tuples", {"nn_get_search_params": """
def nn_get_search_params():
    return [(0.3, 1.0), (16, 64), tuple(10.0 ** -k for k in (3, 4, 5)), (0.95, 1.0)]
"""}),

    V("find_in_nested_loops", {"find_best_net": _FIND + """
    best_net, best_stat, best_val_acc = None, None, 0.0
    learning_rates, hidden_sizes, regs, decays = get_param_set_fn()
    for lr in learning_rates:
        for hs in hidden_sizes:
            for rs in regs:
                for lrd in decays:
                    model = TwoLayerNet(data_dict['X_train'].shape[1], hs, 10, device=data_dict['X_train'].device,
                                        dtype=data_dict['X_train'].dtype)
                    stats = model.train(data_dict['X_train'], data_dict['y_train'], data_dict['X_val'], data_dict['y_val'],
                                        num_iters=num_iters, batch_size=batch_size, learning_rate=lr,
                                        learning_rate_decay=lrd, reg=rs, verbose=False)
                    if stats['val_acc_history'][-1] > best_val_acc:
                        best_net, best_stat, best_val_acc = model, stats, stats['val_acc_history'][-1]
    return best_net, best_stat, best_val_acc
"""}),
    V("find_all_then_max", {"find_best_net": _FIND + """
    X, y, X_val, y_val = (data_dict[k] for k in ("X_train", "y_train", "X_val", "y_val"))

    def tried(lr, size, reg, decay):
        net = TwoLayerNet(X.shape[1], size, 10, X.device, X.dtype)
        stats = net.train(X, y, X_val, y_val, learning_rate=lr, learning_rate_decay=decay, reg=reg,
                          num_iters=num_iters, batch_size=batch_size)
        return net, stats, accuracy(net.predict(X_val), y_val)
    return max((tried(*one) for one in itertools.product(*get_param_set_fn())), key=lambda found: found[2])
"""}),
    V("find_with_numpy_means", {"find_best_net": _FIND + """
    best = (None, None, -1.0)
    rates, sizes, regs, decays = get_param_set_fn()
    for rate, size, reg, decay in itertools.product(rates, sizes, regs, decays):
        net = TwoLayerNet(len(data_dict["X_train"][0]), size, 10, dtype=data_dict["X_train"].dtype)
        stats = net.train(**{"X": data_dict["X_train"], "y": data_dict["y_train"], "X_val": data_dict["X_val"],
                             "y_val": data_dict["y_val"]}, learning_rate=rate, learning_rate_decay=decay, reg=reg,
                          num_iters=num_iters, batch_size=batch_size)
        val_acc = np.mean(net.predict(data_dict["X_val"]) == data_dict["y_val"])
        if val_acc >= best[2]:
            best = (net, stats, val_acc)
    return best
"""}),
    V("find_by_the_best_epoch", {"find_best_net": _FIND + """
    best_net, best_stat, best_val_acc = None, None, 0.0
    for lr, hs, reg, decay in itertools.product(*get_param_set_fn()):
        net = TwoLayerNet(data_dict["X_train"].shape[1], hs, 10)
        net.params = to_device(net.params, data_dict["X_train"].device, data_dict["X_train"].dtype)
        stats = net.train(data_dict["X_train"], data_dict["y_train"], data_dict["X_val"], data_dict["y_val"],
                          learning_rate=lr, learning_rate_decay=decay, reg=reg, num_iters=num_iters, batch_size=batch_size)
        if max(stats["val_acc_history"]) > best_val_acc:
            best_net, best_stat, best_val_acc = net, stats, max(stats["val_acc_history"])
    return best_net, best_stat, best_val_acc
"""}),
]
