"""Known mistakes in search.ipynb; those of the four functions are listed with the first notebook."""

from autograder.authoring.misconception import Misconception as M

_FIND = "find_best_net"
_NEW = "        net = TwoLayerNet("
_KEEP = "            best_net, best_stat, best_val_acc = net, stats, val_acc"
_IF = "if best_net is None or val_acc > best_val_acc:"
_TOGETHER = "Measure best_net on the validation set again: is its accuracy best_val_acc?"

CATALOGUE = [
    M("too_many_combinations", "nn_get_search_params",
      {"[0.5, 1.0]": "[0.5, 1.0, 1.5, 2.0]", "[32, 96]": "[64, 128, 256, 512, 1024, 2048, 4096]",
       "[1e-4, 1e-3]": "[1e-6, 1e-5, 1e-4, 1e-3]", "[0.9, 0.95]": "[0.93, 0.95, 0.97]"},
      "The product of the four lengths is above the limit: a grid grows fast.",
      "Multiply the lengths of your four lists."),
    M("one_candidate_only", "nn_get_search_params", {"[0.9, 0.95]": "[0.95]"},
      "One list has a single candidate: that knob is "
      "not searched.", "Count the different candidates in each list."),
    M("lists_in_another_order", "nn_get_search_params",
      {"hidden_sizes = [32, 96]": "hidden_sizes = [1e-4, 1e-3]", "strengths = [1e-4, 1e-3]": "strengths = [32, 96]"},
      "The second list is the hidden sizes, the third the regularization strengths.",
      "Print the four lists with their names: does each look like what it is called?"),

    M("last_net_returned", _FIND,
      {_KEEP: "            best_stat, best_val_acc = stats, val_acc\n        best_net = net"},
      "best_net is replaced in each round, so in the end it is the last network, not the best.", _TOGETHER),
    M("last_history_returned", _FIND,
      {_KEEP: "            best_net, best_val_acc = net, val_acc\n        best_stat = stats"},
      "best_stat is replaced in each round, so in the end it is the last network's history.",
      "Look at the last loss in best_stat: is it that of a network which has learned?"),
    M("last_net_and_history_returned", _FIND,
      {_KEEP: "            best_val_acc = val_acc\n        best_net, best_stat = net, stats"},
      "Network and history are replaced in each round, so in the end they are the last ones, beside the best accuracy.", _TOGETHER),
    M("first_good_one_returned", _FIND, {_IF: "if val_acc > 0.2:", _KEEP: "            return net, stats, val_acc"},
      "The search ends with the first network that is better than guessing: try all combinations, and keep the best.",
      "Print each combination that is tried: how many are there?"),
    M("first_net_kept", _FIND, {_IF: "if best_net is None:"},
      "The first network is never replaced: compare the accuracies.",
      "Put a hopeless candidate first. Which network comes back?"),
    M("best_accuracy_never_updated", _FIND, {_KEEP: "            best_net, best_stat = net, stats"},
      "best_val_acc stays at 0, so every network looks better than the best so far.", _TOGETHER),
    M("one_net_for_all", _FIND,
      {"    for learning_rate, hidden_size, reg": "    net = None\n    for learning_rate, hidden_size, reg",
       _NEW: "        net = net if net is not None and net.params[\"W1\"].shape[1] == hidden_size else TwoLayerNet("},
      "One network is trained again and again: what an earlier combination did to it remains.",
      "Let the first penalty be one that makes all weights 0. Can the second training come back from there?"),
    M("chosen_by_training", _FIND, {"accuracy(net.predict(X_val), y_val)": "accuracy(net.predict(X_train), y_train)"},
      "The winner is chosen by the training accuracy, which rewards what is learned by heart: ask the validation set.",
      "Which arrays does the accuracy that decides come from?"),
    M("chosen_by_the_loss", _FIND, {"accuracy(net.predict(X_val), y_val)": "-stats[\"loss_history\"][-1]"},
      "The winner is chosen by the training loss: ask the validation accuracy.",
      "Which arrays does the number that decides come from?"),
    M("learning_rate_not_passed", _FIND, {"learning_rate=learning_rate, ": ""},
      "learning_rate is not passed on, so all networks are trained with the default.",
      "Which of the four hyperparameters does train get?"),
    M("reg_not_passed", _FIND, {"reg=reg, ": ""},
      "reg is not passed on, so all networks are trained with the default.",
      "Which of the four hyperparameters does train get?"),
    M("decay_not_passed", _FIND, {"learning_rate_decay=learning_rate_decay, ": ""},
      "learning_rate_decay is not passed on, so all networks are trained with the default.",
      "Which of the four hyperparameters does train get?"),
    M("num_iters_not_passed", _FIND, {"num_iters=num_iters,\n": "\n"},
      "num_iters is not passed on, so each training has the default length.", "How many losses are in best_stat?"),
    M("batch_size_not_passed", _FIND, {", batch_size=batch_size)\n        val": ")\n        val"},
      "batch_size is not passed on, so each training uses the default.", "How many epochs are in best_stat?"),
    M("hidden_size_of_its_own", _FIND, {"X_train.shape[1], hidden_size, 10": "X_train.shape[1], 36, 10"},
      "The number of hidden units is a number of your own: use hidden_size.", "Look at the shape of W1 in the winner."),
    M("input_size_of_cifar", _FIND, {"X_train.shape[1], hidden_size": "3 * 32 * 32, hidden_size"},
      "The number of inputs is that of CIFAR-10: take it from the data, X_train.shape[1].",
      "Try it on the small data set of the check, which has 8 numbers per example."),
    M("lists_side_by_side", _FIND, {"itertools.product(*get_param_set_fn())": "zip(*get_param_set_fn())"},
      "zip takes the first of each list, then the second of each; a grid takes every combination.",
      "How many combinations are tried?"),
    M("own_search_params", _FIND,
      {"itertools.product(*get_param_set_fn())": "itertools.product(*nn_get_search_params())"},
      "The candidates come from the argument get_param_set_fn, not from nn_get_search_params by name.",
      "Call it with candidates of your own. Are they tried?"),

    M("test_set_may_choose", "inline_question", {"{1, 3, 4}": "{1, 2, 3, 4}"},
      "What chooses cannot judge: a test set that chooses is a second validation set.",
      "What would be left to judge the winner by?"),
    M("winner_has_no_luck", "inline_question", {"{1, 3, 4}": "{3}"},
      "The best of sixteen measured accuracies has won partly by luck.",
      "Sixteen students guess. How good is the best of them, and how good next time?"),
    M("number_of_trials_does_not_matter", "inline_question", {"{1, 3, 4}": "{1, 3}"},
      "The more networks, the larger the best luck among them.",
      "Train a thousand instead of sixteen. What becomes of the largest luck?"),
]

ALSO_CALLED = {
    "chosen_by_the_loss": ("chosen_by_training",),
    "chosen_by_training": ("chosen_by_the_loss",),
}
