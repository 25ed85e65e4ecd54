"""Known mistakes in transfer_learning.ipynb. Each was seen in a forum, or made by hand from one."""

from dataclasses import replace

from autograder.authoring.misconception import Misconception as M

from ..shared import BROUGHT, PENALTY_WITHOUT_HALF, PENALTY_WITHOUT_HALF_THROUGHOUT, WEIGHTS_NOT_SCALED

_BY_HAND = "Work out the example in the text by hand: y = [7, 2, 7, 5] and classes = [7, 5]. Does yours give the same?"
_ORDER = "Ask for classes = [2, 5, 7] and for [7, 5, 2]: the labels must differ. Do they?"
_COPY = "Add 1 to the new net's W1, and print the base net's. Has it changed?"
_HEAD = "Make two new nets from the same base net, and print their last layers and the base net's."
_RATES = "Print all rates before and after the call: which have changed, and by which factor?"

CATALOGUE = [
    # What is brought along
    *(replace(mistake, cell="bring_net")
      for mistake in [*BROUGHT, PENALTY_WITHOUT_HALF, PENALTY_WITHOUT_HALF_THROUGHOUT, WEIGHTS_NOT_SCALED]),

    # split_classes
    M("labels_not_renumbered", "split_classes", {"X[chosen], table[y[chosen]]": "X[chosen], y[chosen]"},
      "The labels keep their old numbers; a net with four scores knows 0 to 3 only.", _BY_HAND),
    M("numbered_by_size", "split_classes", {"table[classes] = np.arange": "table[sorted(classes)] = np.arange"},
      "The labels are numbered in the order of their size, not in that of the list classes.", _ORDER),
    M("numbered_by_what_is_there", "split_classes",
      {"table[y[chosen]]": "np.unique(y[chosen], return_inverse=True)[1]"},
      "The labels are numbered by size among those that are there; the order of the list classes decides.", _ORDER,
      "Look at how y_part is computed in split_classes."),
    M("labels_as_floats", "split_classes", {", dtype=int)": ")"},
      "The labels are floats, which cannot be used as indices: give the table dtype=int.",
      "Index an array with your labels, as softmax_loss does. What happens?"),
    M("counted_from_one", "split_classes", {"= np.arange(len(classes))": "= 1 + np.arange(len(classes))"},
      "The new numbers begin with 1; they should begin with 0.", _BY_HAND),
    M("shifted_by_the_smallest", "split_classes", {"table[y[chosen]]": "y[chosen] - min(classes)"},
      "Subtracting the smallest label leaves gaps where a class is left out.", _BY_HAND),
    M("numbered_twice", "split_classes", {"X_part, y_part = X[chosen], table[y[chosen]]":
                                          "X_part, y_part = X[chosen], 1 * y[chosen]\n    for new, old in enumerate(classes):\n"
                                          "        y_part[y_part == old] = new"},
      "A label that has got its new number is renumbered once more, where that is an old label of a later class: look each up "
      "in the old labels.", "Try the classes [9, 0]: a 9 becomes 0, and then?"),
    M("labels_written_over", "split_classes", {"X_part, y_part = X[chosen], table[y[chosen]]":
                                               "X_part, y_part = X[chosen], table[y[chosen]]\n    y[chosen] = y_part"},
      "The new labels are written into y, which belongs to the caller: make a new array.",
      "Print y before and after the call. Is it the same?"),
    M("the_other_pictures", "split_classes", {"chosen = np.isin(y, classes)": "chosen = ~np.isin(y, classes)",
                                              "max(classes) + 1": "10"},
      "The pictures that are picked are those whose class is not in the list.", _BY_HAND),
    M("labels_of_all_pictures", "split_classes", {"X[chosen], table[y[chosen]]": "X[chosen], table[y * chosen]"},
      "There is a label for each picture, even for those that were not picked.",
      "X_part and y_part must have the same length. Do they?"),
    M("sorted_by_class", "split_classes", {"X_part, y_part = X[chosen], table[y[chosen]]":
      "parts = [np.flatnonzero(y == label) for label in classes]\n    chosen = np.concatenate(parts)\n"
      "    X_part, y_part = X[chosen], table[y[chosen]]"},
      "The pictures come class by class; they should stay in the order in which they come. (The first hundred would all be of one "
      "class.)", _BY_HAND),

    # with_new_head
    M("names_instead_of_copies", "with_new_head", {"base.params[name].copy()": "base.params[name]"},
      "The new net has the very arrays of the base net: training it changes both. Copy them.", _COPY),
    M("head_copied_too", "with_new_head",
      {"for i in range(1, L):\n        for name": "for i in range(1, L + 1):\n        for name"},
      "The last layer is copied as well, with the old number of classes.", _HEAD),
    M("last_hidden_layer_not_copied", "with_new_head",
      {"for i in range(1, L):\n        for name": "for i in range(1, L - 1):\n        for name"},
      "The last hidden layer is not copied: all layers but the head are.",
      "Compare each W of the new net with that of the base net: which differ?"),
    M("only_the_first_layer_copied", "with_new_head",
      {"for i in range(1, L):\n        for name": "for i in range(1, 2):\n        for name"},
      "Only the first layer is copied: all layers but the head are.",
      "Compare each W of the new net with that of the base net: which differ?"),
    M("biases_not_copied", "with_new_head", {'for name in (f"W{i}", f"b{i}"):': 'for name in (f"W{i}",):'},
      "The biases of the copied layers are missing.",
      "A layer is its weights and its biases. Compare both with the base net's."),
    M("head_of_zeros", "with_new_head", {"weight_scale=weight_scale": "weight_scale=0.0"},
      "The new head is zero: it should have random weights of standard deviation weight_scale.", _HEAD),
    M("weight_scale_not_used", "with_new_head", {"weight_scale=weight_scale, ": ""},
      "weight_scale is not passed on, so the default is used.",
      "Ask for a weight_scale of 0.1, and print the standard deviation of the head."),
    M("as_many_classes_as_before", "with_new_head",
      {"num_classes=num_classes": 'num_classes=base.params[f"W{L}"].shape[1]'},
      "The new head has as many scores as the old one.", "How many scores does the new net give for one picture?"),
    M("reg_not_taken_along", "with_new_head", {"reg=base.reg,": "reg=0.0,"},
      "The new net has no regularization; it should have the base net's reg.", "Print reg of both nets."),
    M("base_net_changed", "with_new_head",
      {"    for i in range(1, L):\n        for name in (f\"W{i}\", f\"b{i}\"):\n            net.params[name] = base.params[name].copy()":
       "    for name in (f\"W{L}\", f\"b{L}\"):\n        base.params[name] = net.params[name]\n    base.num_classes = num_classes\n    net = base"},
      "The base net itself gets the new head, and its old one is lost. Make a new net.", _COPY),

    # set_learning_rates
    M("only_the_last_of_them", "set_learning_rates", {"number <= layers": "number == layers"},
      "Only one layer is slowed; all of layers 1 to `layers` should be.", _RATES),
    M("one_layer_too_few", "set_learning_rates", {"number <= layers": "number < layers"},
      "One layer too few is slowed: layer number `layers` is one of them.", _RATES),
    M("the_head_instead", "set_learning_rates", {"number <= layers": "number > layers"},
      "The head is slowed, and the copied layers are not.", _RATES),
    M("first_digit_only", "set_learning_rates",
      {'int("".join(filter(str.isdigit, name)))': 'int("".join(filter(str.isdigit, name))[0])'},
      "Only the first digit of the number is read: layer 12 is taken for layer 1.",
      "What does your code make of the name W12?"),
    M("last_digit_only", "set_learning_rates", {'int("".join(filter(str.isdigit, name)))': "int(name[-1])"},
      "Only the last digit of the number is read: layer 12 is taken for layer 2.",
      "What does your code make of the name W12?"),
    M("rates_set_not_multiplied", "set_learning_rates",
      {'config["learning_rate"] *= factor': 'config["learning_rate"] = factor'},
      "The rate is set to the factor, instead of being multiplied by it.", _RATES),
    M("rates_divided", "set_learning_rates",
      {'config["learning_rate"] *= factor': 'config["learning_rate"] /= factor if factor else 1e300'},
      "The rates are divided by the factor.", _RATES),
    M("gamma_and_beta_left_fast", "set_learning_rates", {"if number <= layers:": 'if number <= layers and name.rstrip("0123456789") in ("W", "b"):'},
      "Weights and biases are slowed; gamma and beta, where there are any, belong to the layer, too.", _RATES,
      contract="and `gamma3` and `beta3` if there are any"),
    M("biases_left_fast", "set_learning_rates", {"if number <= layers:": 'if number <= layers and name[0] == "W":'},
      "Only the weights are slowed; the biases (and gamma and beta) belong to the layer, too.", _RATES),

    # Inline questions
    M("many_and_different_is_frozen", "inline_question_1",
      {'"many, similar": "b", "many, different": "d"': '"many, similar": "d", "many, different": "b"'},
      "The more the pictures differ, the more layers have to learn.",
      "Which of b and d changes the lower layers as well?"),
    M("few_and_different_trusts_the_top", "inline_question_1",
      {'"few, similar": "a", "few, different": "c"': '"few, similar": "c", "few, different": "a"'},
      "The top features are the most specialized ones: they fit similar pictures only.",
      "Which of a and c trusts the top features?"),
    M("few_and_many_swapped", "inline_question_1",
      {'"few, similar": "a", "few, different": "c", "many, similar": "b", "many, different": "d"':
       '"few, similar": "b", "few, different": "d", "many, similar": "a", "many, different": "c"'},
      "Few and many have changed places: with few pictures only few numbers can be learned.",
      "How many numbers does each plan train?"),
    M("saves_time", "inline_question_2", {"{1, 3}": "{1, 2, 3}"},
      "A small rate leaves no parameter out: each gets its gradient and its step.",
      "Which parameters are left out at a rate of 0.1?"),
    M("only_the_random_head", "inline_question_2", {"{1, 3}": "{1}"},
      "There is a second reason, which has to do with the number of pictures.",
      "What do layers that move freely do with 20 pictures?"),
    M("only_few_pictures", "inline_question_2", {"{1, 3}": "{3}"},
      "There is a second reason, which has to do with the new head.", "What comes down to layer 2 in the first step?"),
    M("nan_at_the_full_rate", "inline_question_2", {"{1, 3}": "{1, 3, 4}"},
      "The base net was trained at the full rate, without NaN.", "At which rate was the base net trained?"),
]

# Another name that is true of it as well.
ALSO_CALLED = {"penalty_without_half_throughout": ("penalty_without_half",),
               "numbered_by_what_is_there": ("numbered_by_size",)}
