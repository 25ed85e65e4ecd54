"""Known mistakes in dropout.ipynb. Each was seen in a public solution, in a forum, or made by hand from one."""

from autograder.authoring.misconception import Misconception as M

from ..shared import (
    BROUGHT,
    PENALTY_GRADIENT_MISSING,
    PENALTY_WITHOUT_HALF,
    PENALTY_WITHOUT_HALF_THROUGHOUT,
    WEIGHTS_NOT_SCALED,
)

_AVERAGE = "Take the mean over many masks, for an array of ones: with p = 0.25, what should it be, and what is it?"
_ZEROS = "Count the zeros for p = 0.9: should they be many or few?"
_MASK = "Print the mask for an array of 3 × 4. Can you see a pattern in it?"
_SAME = "Call the function twice with the same array. Are the same entries dropped?"
_GATE = "Where the forward pass gave 0, the gradient must be 0; elsewhere it is dout times the same factor. Compare the two arrays."
_ROWS = ("Look at the gradient of each W for one example: a unit that was dropped has a row of zeros in the next "
         "layer's gradient.")
_TINY = "Take the tiny net of the check: which two answers are possible, and how often should each come?"
_TWO_LAYERS = "How often is dropout_forward called in one pass through a net with two hidden layers?"
_CURVES = "Look at the two curves of the training again."
_FORGETS = "remembers nothing from one call to the next"

CATALOGUE = [
    # The plain way
    M("plain_drops_with_p", "plain_dropout", {"np.random.rand(*x.shape) < p": "np.random.rand(*x.shape) > p"},
      "p is the probability of keeping an entry; yours is dropped with probability p.", _ZEROS),
    M("plain_p_is_the_probability_to_drop", "plain_dropout", {"np.random.rand(*x.shape) < p": "np.random.rand(*x.shape) >= p",
                                                              "else p * x": "else (1 - p) * x"},
      "p is taken for the probability of dropping an entry, in training and at test time, as in PyTorch; here it is the "
      "probability of keeping it: compare with < p, and multiply by p at test time.", _ZEROS),
    M("plain_mask_kept", "plain_dropout", {"(np.random.rand(*x.shape) < p)": 'globals().setdefault(f"kept {x.shape}", np.random.rand(*x.shape) < p)'},
      "The mask of the first call is kept, and used again in the next ones: draw a new one in each call.", _SAME,
      contract=_FORGETS),
    M("plain_exact_share", "plain_dropout",
      {"(np.random.rand(*x.shape) < p)": "np.random.permutation(np.arange(x.size) < round(p * x.size)).reshape(x.shape)"},
      "Each call keeps exactly the same number of entries, so they are not independent: compare a random number of its own "
      "with p for each.", "Drop a single entry, x = [1], with p = 0.5, ten times. Is it kept now and then?",
      contract="every entry is decided by itself, with a random number of its own, new in each call"),
    M("plain_divides_in_training", "plain_dropout",
      {"(np.random.rand(*x.shape) < p)": "(np.random.rand(*x.shape) < p) / p"},
      "That is inverted dropout: the plain way scales at test time, not in training.",
      "What is kept stays as it is. Does it?"),
    M("plain_normal_numbers", "plain_dropout", {"np.random.rand(*x.shape)": "np.random.randn(*x.shape)"},
      "The random numbers are normal; uniform ones, between 0 and 1, are below p with probability p.", _ZEROS),
    M("plain_one_mask_for_the_batch", "plain_dropout", {"np.random.rand(*x.shape)": "np.random.rand(*x.shape[1:])"},
      "All examples have the same mask: each entry needs a random number of its own.", _MASK),
    M("plain_does_not_scale", "plain_dropout", {"else p * x": "else x"},
      "At test time all entries are multiplied by p.",
      "In training an entry is p · x on average. What is it at test time?"),
    M("plain_divides_at_test_time", "plain_dropout", {"else p * x": "else x / p"},
      "At test time the entries are multiplied by p, not divided.",
      "In training an entry is p · x on average. What is it at test time?"),
    M("plain_scales_by_what_is_dropped", "plain_dropout", {"else p * x": "else (1 - p) * x"},
      "At test time the factor is p, the probability of keeping an entry.",
      "In training an entry is p · x on average. What is it at test time?"),
    M("plain_drops_at_test_time", "plain_dropout", {"else p * x": "else x * (np.random.rand(*x.shape) < p)"},
      "At test time nothing is dropped.", "Call it twice at test time: the output must be the same. Is it?"),

    # Inverted, forward
    M("p_is_the_probability_to_drop", "dropout_forward",
      {"(np.random.rand(*x.shape) < p) / p": "(np.random.rand(*x.shape) >= p) / (1 - p)"},
      "p is taken for the probability of dropping an entry, as in PyTorch and in the first years of CS231n; here it is the "
      "probability of keeping it: compare with < p, and divide by p.", _ZEROS),
    M("mask_the_wrong_way_round", "dropout_forward", {"np.random.rand(*x.shape) < p": "np.random.rand(*x.shape) > p"},
      "The comparison is the wrong way round: a number is below p with probability p.", _ZEROS),
    M("not_divided_by_p", "dropout_forward", {"(np.random.rand(*x.shape) < p) / p": "np.random.rand(*x.shape) < p"},
      "The division by p is missing, so training and test do not agree.", _AVERAGE),
    M("multiplied_by_p", "dropout_forward", {"< p) / p": "< p) * p"},
      "What is kept is divided by p, not multiplied.", _AVERAGE),
    M("divided_by_what_is_dropped", "dropout_forward", {"< p) / p": "< p) / (1 - p)"},
      "The division is by p, the probability of keeping an entry.", _AVERAGE),
    M("normal_numbers", "dropout_forward", {"np.random.rand(*x.shape)": "np.random.randn(*x.shape)"},
      "The random numbers are normal; uniform ones, between 0 and 1, are below p with probability p.", _ZEROS),
    M("one_mask_for_the_batch", "dropout_forward",
      {"np.random.rand(*x.shape)": "np.random.rand(*x.shape[1:]) * np.ones(x.shape)"},
      "All examples have the same mask: each entry needs a random number of its own.", _MASK),
    M("one_number_for_each_example", "dropout_forward",
      {"np.random.rand(*x.shape)": "np.random.rand(len(x), *[1] * (x.ndim - 1)) * np.ones(x.shape)"},
      "Whole examples are dropped: each entry needs a random number of its own.", _MASK),
    M("the_same_mask_in_each_call", "dropout_forward",
      {"mask = (np.random.rand(*x.shape) < p) / p": 'np.random.seed(dropout_param.get("seed", 0))\n'
       "        mask = (np.random.rand(*x.shape) < p) / p"},
      "The mask is the same in each call, since the generator is seeded each time.", _SAME),
    M("the_seed_is_ignored", "dropout_forward", {"np.random.rand(*x.shape)": "np.random.default_rng().random(x.shape)"},
      "The seed has no effect: it is set for np.random, and the mask comes from another generator.",
      "Give a seed and call the function twice. Are the same entries dropped?"),
    M("drops_at_test_time", "dropout_forward",
      {"        out = x\n": "        out = x * (np.random.rand(*x.shape) < p) / p\n"},
      "At test time nothing is dropped.",
      "Call it twice at test time: the output must be the same, and equal to x. Is it?"),
    M("divides_at_test_time_too", "dropout_forward", {"        out = x\n": "        out = x / p\n"},
      "With inverted dropout nothing is divided at test time: training has settled that.", _AVERAGE),
    M("mask_written_into_x", "dropout_forward", {"out = x * mask": "x *= mask\n        out = x"},
      "x *= mask writes into the caller's array: x * mask makes a new one.",
      "Print x before and after the call. Is it the same?"),
    M("divided_by_the_share_kept", "dropout_forward",
      {"mask = (np.random.rand(*x.shape) < p) / p": "mask = np.random.rand(*x.shape) < p\n        mask = mask / mask.mean()"},
      "What is kept is divided by the share that happened to be kept; divide by p.",
      "Take one entry that is kept: is it 1/p times what it was, exactly?"),
    M("exact_share", "dropout_forward",
      {"(np.random.rand(*x.shape) < p)": "np.random.permutation(np.arange(x.size) < round(p * x.size)).reshape(x.shape)"},
      "Each call keeps exactly the same number of entries, so they are not independent: compare a random number of its own "
      "with p for each.", "Drop a single entry, x = [1], with p = 0.5, ten times. Is it kept now and then?",
      contract="every entry is decided by itself, with a random number of its own, new in each call"),
    M("scales_at_test_time", "dropout_forward", {"        out = x\n": "        out = x * p\n"},
      "With inverted dropout nothing is scaled at test time: training has settled that.", _AVERAGE),

    # Inverted, backward
    M("divided_by_p_twice", "dropout_backward", {"dout * mask if": 'dout * mask / dropout_param["p"] if'},
      "dx is divided by p twice: the mask contains 1/p already.", _GATE),
    M("gate_without_division", "dropout_backward", {"dout * mask if": "dout * (mask > 0) if"},
      "The gradient is only switched on and off; what was divided by p on the way forward is divided by p on the way "
      "back as well.",
      _GATE),
    M("gradient_passes_everywhere", "dropout_backward",
      {'dout * mask if dropout_param["mode"] == "train" else dout': "dout"},
      "The gradient passes everywhere: dropped entries get none.", _GATE),
    M("a_new_mask_backward", "dropout_backward",
      {"dout * mask if": 'dout * (np.random.rand(*dout.shape) < dropout_param["p"]) / dropout_param["p"] if'},
      "The backward pass draws a mask of its own; it must use that of the forward pass.", _GATE),
    M("nothing_at_test_time", "dropout_backward", {'== "train" else dout': '== "train" else 0 * dout'},
      "At test time the gradient passes unchanged.", "At test time out = x. What is the derivative of that?"),
    M("scaled_at_test_time", "dropout_backward", {'== "train" else dout': '== "train" else dropout_param["p"] * dout'},
      "At test time the gradient passes unchanged.", "At test time out = x. What is the derivative of that?"),

    # What is brought along
    *BROUGHT,

    # The net
    M("dropout_left_out", "fully_connected_net",
      {"out, dropout_cache = dropout_forward(out, self.dropout_param)": "pass",
       "dout = dropout_backward(dout, dropout_cache)": "pass"},
      "The net drops nothing: dropout_forward is not called.", _ROWS),
    M("dropout_before_relu", "fully_connected_net",
      {"            out, relu_cache = relu_forward(out)\n            dropout_cache = None\n            if dropping:\n"
       "                out, dropout_cache = dropout_forward(out, self.dropout_param)\n":
       "            dropout_cache = None\n            if i == 1 and dropping:\n"
       "                out, dropout_cache = dropout_forward(out, self.dropout_param)\n"
       "            out, relu_cache = relu_forward(out)\n",
       "            if dropping:\n                dout = dropout_backward(dout, dropout_cache)\n"
       "            dout = relu_backward(dout, relu_cache)\n":
       "            dout = relu_backward(dout, relu_cache)\n            if dropout_cache is not None:\n"
       "                dout = dropout_backward(dout, dropout_cache)\n"},
      "Only the first hidden layer has dropout; each hidden layer should have it, after its ReLU.", _ROWS),
    M("dropout_before_the_last_layer_only", "fully_connected_net",
      {"            if dropping:\n                out,": "            if dropping and i == L - 1:\n                out,",
       "            if dropping:\n                dout =": "            if dropout_cache is not None:\n                dout ="},
      "Only the last hidden layer has dropout; each hidden layer should have it, after its ReLU.", _ROWS),
    M("dropout_on_the_scores", "fully_connected_net",
      {'scores, last_cache = affine_forward(out, params[f"W{L}"], params[f"b{L}"])':
       'scores, last_cache = affine_forward(out, params[f"W{L}"], params[f"b{L}"])\n'
       "        if self.use_dropout:\n            scores, scores_cache = dropout_forward(scores, self.dropout_param)",
       "loss, dscores = softmax_loss(scores, y)":
       "loss, dscores = softmax_loss(scores, y)\n        if self.use_dropout:\n"
       "            dscores = dropout_backward(dscores, scores_cache)"},
      "The scores are dropped, too: dropout belongs in the hidden layers only.", _ROWS),
    M("dropout_on_the_input", "fully_connected_net",
      {"out, caches = X, []":
      "out, caches = X, []\n        if self.use_dropout:\n            out, _ = dropout_forward(out, self.dropout_param)"},
      "The inputs are dropped, too: here dropout comes only after each ReLU.", _ROWS),
    M("dropout_at_test_time", "fully_connected_net", {'"test" if y is None else "train"': '"train"'},
      "The net goes on dropping units at test time: loss(X) without labels should put dropout_forward into test mode.",
      "Compare with a net of the same weights that keeps every unit: at test time both give the same scores. Do they?"),
    M("dropout_backward_left_out", "fully_connected_net", {"dout = dropout_backward(dout, dropout_cache)": "pass"},
      "dropout_backward is not called: the gradient passes through dropped units.", _GATE),
    PENALTY_WITHOUT_HALF, PENALTY_WITHOUT_HALF_THROUGHOUT, PENALTY_GRADIENT_MISSING, WEIGHTS_NOT_SCALED,

    # Monte Carlo
    M("asks_the_whole_net", "monte_carlo",
      {'{"mode": "train", "p": net.dropout_param["p"]}': '{"mode": "test", "p": net.dropout_param["p"]}'},
      "Dropout is off: all passes give the same answer.", _TINY),
    M("asks_with_dropped_inputs", "monte_carlo",
      {"out = X.astype(net.dtype)": "out = dropout_forward(X.astype(net.dtype), dropout_param)[0]"},
      "The inputs are dropped, too: dropout stands after each ReLU only.", _TINY),
    M("asks_with_the_first_layer_dropped", "monte_carlo",
      {"            out, _ = dropout_forward(out, dropout_param)": "            out = dropout_forward(out, dropout_param)[0] if i == 1 else out"},
      "Only the first hidden layer has dropout: call dropout_forward in the loop, after each ReLU.", _TWO_LAYERS),
    M("asks_with_the_last_layer_dropped", "monte_carlo",
      {"            out, _ = dropout_forward(out, dropout_param)": "            out = dropout_forward(out, dropout_param)[0] if i == net.num_layers - 1 else out"},
      "Only the last hidden layer has dropout: call dropout_forward in the loop, after each ReLU.", _TWO_LAYERS),
    M("net_left_in_training", "monte_carlo",
      {'dropout_param = {"mode": "train", "p": net.dropout_param["p"]}':
       'dropout_param = net.dropout_param\n    dropout_param.pop("seed", None)\n    dropout_param["mode"] = "train"'},
      "That is the net's own dictionary, and it is changed: make a new one, with p from it.",
      "Print net.dropout_param before and after the call. Is its seed still there?", contract="It stays as it is."),
    M("asks_with_the_seed", "monte_carlo",
      {'{"mode": "train", "p": net.dropout_param["p"]}': '{**net.dropout_param, "mode": "train"}'},
      "The net's seed is used, so each pass has the same masks.", _TINY),
    M("answers_are_scores", "monte_carlo",
      {"answers.append(exp / exp.sum(axis=1, keepdims=True))": "answers.append(scores)"},
      "The answers are scores; they should be probabilities: take the softmax.",
      "Each row of an answer must sum to 1. Does it?"),
    M("answers_are_averaged", "monte_carlo", {"np.array(answers)": "np.mean(answers, axis=0)"},
      "The mean over the passes is taken already; return all the answers.",
      "Compare the shape with (passes, N, C)."),
    M("one_pass_only", "monte_carlo", {"np.array(answers)": "np.array(answers[:1] * passes)"},
      "All passes are copies of the first.", _TINY),
    M("relu_left_out", "monte_carlo",
      {'out, _ = relu_forward(affine_forward(out, net.params[f"W{i}"], net.params[f"b{i}"])[0])':
                                       'out, _ = affine_forward(out, net.params[f"W{i}"], net.params[f"b{i}"])'},
      "The ReLU is left out on the way forward.",
      "With a keep ratio of nearly 1 each answer must be the softmax of net.loss(X). Is it?"),
    M("softmax_over_the_batch", "monte_carlo", {"exp / exp.sum(axis=1, keepdims=True)": "exp / exp.sum()"},
      "Each picture's probabilities sum to 1; yours are divided by the sum over the batch.",
      "Sum an answer along its last axis."),
    M("exp_overflows", "monte_carlo", {"scores - scores.max(axis=1, keepdims=True)": "scores"},
      "Large scores overflow: subtract each row's maximum before exp.",
      "Try scores of 1000. What does exp make of them?"),

    # Inline questions
    M("the_gradients_make_up_for_it", "inline_question_1", {"{2}": "{1}"},
      "The gradients see the training mode only; at test time the sums have a different size.", _AVERAGE),
    M("half_instead_of_twice", "inline_question_1", {"{2}": "{3}"},
      "At test time more units are on than in training, not fewer.", _AVERAGE),
    M("all_gradients_are_zero", "inline_question_1", {"{2}": "{4}"},
      "Only the dropped units' gradients are zero.", _GATE),
    M("the_average_is_exact", "inline_question_2", {"{1, 3, 4}": "{1, 2, 3, 4}"},
      "The softmax of an average is not the average of the softmax.", _TINY),
    M("dropout_learns_better", "inline_question_2", {"{1, 3, 4}": "{3, 4}"},
      "Training becomes harder with dropout.", _CURVES),
    M("size_does_not_matter", "inline_question_2", {"{1, 3, 4}": "{1, 4}"},
      "Dropout works against learning by heart. Which nets do that most?", _CURVES),
    M("dropped_units_learn", "inline_question_2", {"{1, 3, 4}": "{1, 3}"},
      "A dropped unit gets no gradient, so its incoming weights get none either.", _GATE),
]

# Other names for the same mistakes: in some checks only the part with the second name shows.
ALSO_CALLED = {"penalty_without_half_throughout": ("penalty_without_half",)}
