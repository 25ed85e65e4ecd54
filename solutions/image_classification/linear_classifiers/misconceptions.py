"""Known mistakes in linear_classifiers.ipynb. Each was seen in a public solution, in a forum, or made by hand from one."""

from autograder.authoring.misconception import Misconception as M

_SVM, _SVM_FAST, _SOFT, _SOFT_FAST = "svm_loss_naive", "svm_loss_vectorized", "softmax_loss_naive", "softmax_loss_vectorized"

_TWICE = "Put every example into the batch twice: a mean does not change. Does your loss?"
_TWICE_GRADIENT = ("Put every example into the batch twice: the loss is a mean and stays, so its gradient stays. Does yours?")
_KEPT = "If every right class wins by more than the margin, the loss is 0. What is yours for such scores?"
_REG = "reg is an argument, so something must depend on it: call the function with reg = 0 and reg = 1. What changes?"
_REST = "Subtract the loss at reg = 0 from the loss at reg = 1. Is what is left the sum of all W²?"
_DERIVE = ("The gradient is the derivative of the loss that you wrote down, term by term: what does the penalty's term "
           "give for a single weight w?")
_ROWS = "Raising all scores of an example by the same amount changes nothing, so each row of dW adds up to 0 (at reg = 0). Does it?"
_DOWN = "A small step against the gradient must lower the loss. Does it?"
_EQUAL = "With equal scores for all C classes the loss must be the natural logarithm of C. Is it?"
_SHIFT = "Adding the same number to all scores of an example changes no probability. Try scores around 1000: is the loss still a number?"


def _penalty(cell: str, loss: str, gradient: str) -> list[M]:
    """What goes wrong with the penalty, in any of the four functions."""
    which = cell.removesuffix("_loss_naive").removesuffix("_loss_vectorized") + ("_fast" if cell.endswith("vectorized") else "")
    return [
        M(f"{which}_penalty_missing", cell, {loss: "", gradient: ""},
          "reg is not used: the penalty reg · ΣW² is missing, and so is its gradient.", _REG),
        M(f"{which}_penalty_missing_in_the_loss", cell, {loss: ""}, "The penalty reg · ΣW² is missing in the loss.", _REG),
        M(f"{which}_penalty_with_half", cell, {loss: loss.replace("reg", "0.5 * reg")},
          "The penalty here is reg · ΣW², without ½.", _REST),
        M(f"{which}_penalty_with_half_throughout", cell, {loss: loss.replace("reg", "0.5 * reg"), gradient: " + reg * W"},
          "Loss and gradient agree, but the penalty here is reg · ΣW² without ½; yours has the ½, as in other years. Leave "
          "it out; the gradient is 2 · reg · W then.", _REST),
        M(f"{which}_penalty_not_squared", cell, {loss: loss.replace("W * W", "np.abs(W)")},
          "The penalty adds up the squares of the weights, not their absolute values.", _REST),
        M(f"{which}_penalty_is_the_root", cell, {loss: " + reg * np.linalg.norm(W)"},
          "np.linalg.norm is the root of the sum of squares; the penalty is the sum of squares itself.", _REST),
        M(f"{which}_penalty_gradient_missing", cell, {gradient: ""},
          "dW lacks the gradient of the penalty, 2 · reg · W.", _DERIVE),
        M(f"{which}_penalty_gradient_without_2", cell, {gradient: " + reg * W"},
          "The derivative of reg · W² is 2 · reg · W: the factor 2 is missing in dW. (A gradient check shows it as a relative "
          "error of exactly 1/3 where the data gradient is 0.)", _DERIVE),
        M(f"{which}_penalty_gradient_is_a_number", cell, {gradient: " + 2 * reg * np.sum(W)"},
          "Each weight has its own derivative, 2 · reg · W; the sum over all weights does not belong here.", _DERIVE),
    ]


def _in_the_loop(cell: str) -> M:
    """Penalty and division stand inside the loop over the examples."""
    which = cell.removesuffix("_loss_naive")
    changes = "dW[:, j] += x" if which == "svm" else "dW[:, j] += (np.exp(log_p[j]) - (j == right)) * x"
    last = "                dW[:, right] -= x\n" if which == "svm" else f"            {changes}\n"
    return M(f"{which}_penalty_once_per_example", cell, {
        last: f"{last}        loss += reg * np.sum(W * W)\n        dW += 2 * reg * W\n",
        "loss / len(X) + reg * np.sum(W * W)": "(loss - len(X) * reg * np.sum(W * W)) / len(X) + len(X) * reg * np.sum(W * W)",
        "dW / len(X) + 2 * reg * W": "(dW - len(X) * 2 * reg * W) / len(X) + len(X) * 2 * reg * W"},
        "The penalty is added once for each example: it stands inside the loop, and belongs after it.", _REST)


def _bias_free(cell: str) -> M:
    """The penalty leaves out the weights of the bias."""
    which = cell.removesuffix("_loss_naive").removesuffix("_loss_vectorized") + ("_fast" if cell.endswith("vectorized") else "")
    return M(f"{which}_penalty_without_the_last_row", cell, {
        " + reg * np.sum(W * W)": " + reg * np.sum(W[:-1] ** 2)",
        " + 2 * reg * W": " + 2 * reg * W * (np.arange(len(W)) < len(W) - 1)[:, np.newaxis]"},
        "The last row of W, the bias, is left out of the penalty; here all of W is in it.", _REST)


def _w_in_place(cell: str) -> M:
    """W is overwritten while its penalty is added."""
    which = cell.removesuffix("_loss_naive").removesuffix("_loss_vectorized") + ("_fast" if cell.endswith("vectorized") else "")
    return M(f"{which}_writes_into_w", cell, {" + 2 * reg * W": "\n    W *= 2 * reg\n    dW = dW + W"},
             "W *= writes into the caller's weights: 2 * reg * W, without =, makes a new array.",
             "Print W before and after the call. Is it the same?")


CATALOGUE = [
    # SVM with loops
    M("svm_right_class_counted", _SVM, {"j != right and ": ""},
      "The sum runs over the wrong classes only: the right class always has the margin 1, and adds 1 to the loss.", _KEPT),
    M("svm_no_margin", _SVM, {" + 1\n": "\n"}, "The margin of 1 is missing: max(0, score − right score + 1).",
      "A right class that wins by only 0.5 is not safe yet and still costs 0.5. What does it cost in yours?"),
    M("svm_margin_turned", _SVM, {"scores[j] - scores[right]": "scores[right] - scores[j]"},
      "The margin is the wrong way round: what counts is by how much a wrong class comes too close to the right one.", _KEPT),
    M("svm_squared", _SVM, {"loss += margin": "loss += margin ** 2"}, "The margins are squared; here they count as they are.",
      "Double the amount by which a margin is missed: its loss should double. Does it?"),
    M("svm_never_mind_the_sign", _SVM, {" and margin > 0": ""},
      "Negative margins are counted as well: a margin that is kept costs nothing.", _KEPT),
    M("svm_worst_class_only", _SVM, {"scores[right] + 1\n            if j != right and margin > 0:":
                                     "scores[right] + 1\n            if j == np.argmax(scores - 1e9 * (np.arange(len(scores)) == right)) and margin > 0:"},
      "Only the best of the wrong classes counts in yours; here every wrong class that comes too close does.",
      "Two wrong classes that both come too close cost twice. Do they in yours?"),
    M("svm_stops_at_the_right_class", _SVM, {"            margin =": "            if j == right:\n                break\n            margin ="},
      "The loop over the classes ends at the right one, so that the classes after it never count: continue, not break.",
      "Let the first class be the right one, and another win. Does it cost anything?"),
    M("svm_not_averaged", _SVM, {"loss / len(X)": "loss", "dW / len(X)": "dW"},
      "Average over the examples: divide loss and gradient by N.", _TWICE),
    M("svm_loss_not_averaged", _SVM, {"loss / len(X)": "loss"}, "Average the loss over the examples: divide by N.", _TWICE),
    M("svm_gradient_not_averaged", _SVM, {"dW / len(X)": "dW"},
      "The loss is a mean over N examples, so its gradient is divided by N too.", _TWICE_GRADIENT),
    M("svm_right_class_without_gradient", _SVM, {"                dW[:, right] -= x\n": ""},
      "The right class has a gradient, too: the example is subtracted from its column for each margin that is not kept.", _ROWS),
    M("svm_right_class_once", _SVM, {"                dW[:, right] -= x\n": "        dW[:, right] -= x\n"},
      "The example is subtracted from the right class's column once per example; it has to be once per margin not kept.", _ROWS),
    M("svm_gradient_sign", _SVM, {"dW[:, j] += x": "dW[:, j] -= x", "dW[:, right] -= x": "dW[:, right] += x"},
      "The gradient has the wrong sign: add the example to the wrong class's column, subtract it from the right one's.", _DOWN),
    M("svm_gradient_without_condition", _SVM, {"                dW[:, j] += x\n                dW[:, right] -= x":
                                               "            dW[:, j] += x\n            dW[:, right] -= x"},
      "The gradient changes for every class; it should change only where a margin is not kept.",
      "If every right class wins by more than the margin, the gradient is 0 (at reg = 0). Is yours?"),
    M("svm_gradient_times_margin", _SVM, {"dW[:, j] += x": "dW[:, j] += margin * x", "dW[:, right] -= x": "dW[:, right] -= margin * x"},
      "The slope of max(0, m) is 1 where m is positive, not m: the example is added as it is.",
      "Scale a violated margin up: the loss grows, its slope stays 1. Is that so in your gradient?"),
    *_penalty(_SVM, " + reg * np.sum(W * W)", " + 2 * reg * W"),

    # SVM without loops
    M("svm_fast_right_class_counted", _SVM_FAST, {"    margins[rows, y] = 0\n": ""},
      "The sum runs over the wrong classes only: put 0 at the right classes of the margins.", _KEPT),
    M("svm_fast_no_margin", _SVM_FAST, {"[:, np.newaxis] + 1)": "[:, np.newaxis])"},
      "The margin of 1 is missing: max(0, score − right score + 1).",
      "A right class that wins by only 0.5 is not safe yet and still costs 0.5. What does it cost in yours?"),
    M("svm_fast_margin_turned", _SVM_FAST, {"scores - scores[rows, y][:, np.newaxis]": "scores[rows, y][:, np.newaxis] - scores"},
      "The margin is the wrong way round: what counts is by how much a wrong class comes too close to the right one.", _KEPT),
    M("svm_fast_whole_columns", _SVM_FAST, {"scores[rows, y][:, np.newaxis]": "scores[:, y].mean(axis=1, keepdims=True)"},
      "scores[:, y] takes N columns; one entry from each row is scores[np.arange(N), y].",
      "The right scores are one number per example. What is the shape of yours?"),
    M("svm_fast_not_averaged", _SVM_FAST, {"margins.sum() / len(X)": "margins.sum()", "np.sign(margins) / len(X)": "np.sign(margins)"},
      "Average over the examples: divide loss and gradient by N.", _TWICE),
    M("svm_fast_loss_not_averaged", _SVM_FAST, {"margins.sum() / len(X)": "margins.sum()"},
      "Average the loss over the examples: divide by N.", _TWICE),
    M("svm_fast_gradient_not_averaged", _SVM_FAST, {"np.sign(margins) / len(X)": "np.sign(margins)"},
      "The loss is a mean over N examples, so its gradient is divided by N too.", _TWICE_GRADIENT),
    M("svm_fast_averaged_over_everything", _SVM_FAST, {"margins.sum() / len(X)": "margins.mean()"},
      "mean() divides by N · C; the loss is the sum over the classes, averaged over the N examples only.",
      "Count: of how many numbers is yours the mean, and how many examples are there?"),
    M("svm_fast_right_class_without_gradient", _SVM_FAST, {"    dscores[rows, y] = -dscores.sum(axis=1)\n": ""},
      "The right class has a gradient, too: minus the number of margins not kept in its row.", _ROWS),
    M("svm_fast_right_class_once", _SVM_FAST, {"dscores[rows, y] = -dscores.sum(axis=1)": "dscores[rows, y] = -1 / len(X)"},
      "The right class gets −1 once; it has to be once for each margin not kept.", _ROWS),
    M("svm_fast_right_class_in_the_count", _SVM_FAST, {"-dscores.sum(axis=1)": "-dscores.sum(axis=1) - 1 / len(X)"},
      "The right class counts itself among the margins not kept: sum over the others only.", _ROWS),
    M("svm_fast_gradient_sign", _SVM_FAST, {"X.T @ dscores": "-X.T @ dscores"}, "The gradient has the wrong sign.", _DOWN),
    M("svm_fast_gradient_without_the_margin", _SVM_FAST,
      {"np.sign(margins) / len(X)": "1.0 * (scores > scores[rows, y][:, np.newaxis]) / len(X)"},
      "The gradient counts classes with a higher score than the right one; those that come closer than the margin of 1 count, too.",
      "A right class that wins by only 0.5 still costs 0.5, and so has a gradient. Has it in yours?"),
    M("svm_fast_gradient_times_margin", _SVM_FAST, {"np.sign(margins) / len(X)": "margins / len(X)"},
      "The slope of max(0, m) is 1 where m is positive, not m.",
      "Scale a violated margin up: the loss grows, its slope stays 1. Is that so in your gradient?"),
    *_penalty(_SVM_FAST, " + reg * np.sum(W * W)", " + 2 * reg * W"),

    # Where the penalty stands, and what it takes in
    _in_the_loop(_SVM), _in_the_loop(_SOFT), *map(_bias_free, (_SVM, _SVM_FAST, _SOFT, _SOFT_FAST)),
    *map(_w_in_place, (_SVM, _SVM_FAST, _SOFT, _SOFT_FAST)),

    # L1
    M("l1_is_l2", "l1_penalty", {"np.abs(W).sum()": "np.sum(W * W)", "np.sign(W)": "2 * W"},
      "This is the L2 penalty; L1 adds up the absolute values of the weights.", "The penalty of a weight of −2 is 2 · reg. What is yours?"),
    M("l1_norm_of_the_matrix", "l1_penalty", {"np.abs(W).sum()": "np.linalg.norm(W, 1)"},
      "For a matrix, np.linalg.norm(W, 1) is the largest column's sum, not the sum of all: np.abs(W).sum().",
      "Put a second column of the same weights beside the first: the penalty should double. Does it?"),
    M("l1_signs_cancel", "l1_penalty", {"np.abs(W).sum()": "W.sum()"}, "Positive and negative weights cancel: take np.abs first.",
      "A penalty is never negative. Can yours be?"),
    M("l1_size_of_the_sum", "l1_penalty", {"np.abs(W).sum()": "abs(W.sum())"},
      "np.abs comes too late: apply it to each weight, before the sum.",
      "The weights 1 and −1 together cost 2 · reg. What do they cost in yours?"),
    M("l1_gradient_of_l2", "l1_penalty", {"np.sign(W)": "2 * W"}, "The slope of |w| is 1 or −1, not 2w.",
      "Halve all weights: the gradient of |w| stays as it is. Does yours?"),
    M("l1_gradient_all_ones", "l1_penalty", {"np.sign(W)": "np.ones(W.shape)"}, "For a negative weight the slope of |w| is −1.",
      "A step against the gradient must make a weight of −2 smaller in size. Does it?"),
    M("l1_gradient_is_the_size", "l1_penalty", {"np.sign(W)": "np.abs(W)"}, "The gradient of |w| is the sign of w, not |w| again.",
      "Halve all weights: the gradient of |w| stays as it is. Does yours?"),
    M("l1_reg_missing_in_the_gradient", "l1_penalty", {"reg * np.sign(W)": "np.sign(W)"},
      "The gradient lacks its factor reg.",
      "Double reg: the gradient should double. Does it?"),
    M("l1_averaged_throughout", "l1_penalty", {".sum()": ".mean()", "np.sign(W)": "np.sign(W) / W.size"},
      "Loss and gradient agree, but the absolute values are averaged; the penalty adds them up.",
      "Put a second column of the same weights beside the first: the penalty should double. Does it?"),
    M("l1_sign_by_division", "l1_penalty", {"np.sign(W)": "W / np.abs(W)"},
      "For a weight of 0 that is 0 / 0, which is NaN: np.sign gives 0 there.", "Try a weight of 0: what is its gradient?",
      contract="At exactly 0 there is no slope; 0 is fine."),
    M("l1_averaged", "l1_penalty", {".sum()": ".mean()"}, "The absolute values are averaged; the penalty adds them up.",
      "Put a second column of the same weights beside the first: the penalty should double. Does it?"),

    # Softmax with loops
    M("softmax_not_averaged", _SOFT, {"loss / len(X)": "loss", "dW / len(X)": "dW"},
      "Average over the examples: divide loss and gradient by N.", _TWICE),
    M("softmax_loss_not_averaged", _SOFT, {"loss / len(X)": "loss"}, "Average the loss over the examples: divide by N.", _TWICE),
    M("softmax_gradient_not_averaged", _SOFT, {"dW / len(X)": "dW"},
      "The loss is a mean over N examples, so its gradient is divided by N too.", _TWICE_GRADIENT),
    M("softmax_log10", _SOFT, {"loss -= log_p[right]": "loss -= np.log10(np.exp(log_p[right]))"},
      "Cross-entropy uses the natural logarithm, np.log, not np.log10: yours is too small by a factor of ln 10 = 2.3026.", _EQUAL),
    M("softmax_log2", _SOFT, {"loss -= log_p[right]": "loss -= np.log2(np.exp(log_p[right]))"},
      "Cross-entropy uses the natural logarithm, np.log, not np.log2.", _EQUAL),
    M("softmax_sign_of_the_loss", _SOFT, {"loss -= log_p[right]": "loss += log_p[right]"},
      "The loss is minus the logarithm: it is never negative.",
      "A probability is at most 1. What sign does its logarithm have, and what sign does your loss have?"),
    M("softmax_all_classes_counted", _SOFT, {"loss -= log_p[right]": "loss -= log_p.sum()"},
      "Only the right class counts in the loss.", _EQUAL),
    M("softmax_no_max_shift", _SOFT, {"scores - scores.max()": "1.0 * scores"},
      "exp overflows for large scores. Subtract the largest score of the example first: the probabilities stay the same.", _SHIFT),
    M("softmax_overflowing_probabilities", _SOFT, {"scores - scores.max()": "1.0 * scores",
                                                   "shifted - np.log(np.exp(shifted).sum())": "np.log(np.exp(shifted) / np.exp(shifted).sum())"},
      "exp overflows for large scores. Subtract the largest score of the example first: the probabilities stay the same.", _SHIFT),
    M("softmax_epsilon_in_the_log", _SOFT, {"loss -= log_p[right]": "loss -= np.log(np.exp(log_p[right]) + 1e-8)"},
      "A small number is added inside the logarithm. That hides log(0), but it caps the loss of unlikely classes. With the largest "
      "score subtracted, s − log Σ exp(s) needs no such help.",
      "With a score 40 below the others, −log p is about 40. Does your loss go on growing there, or does it stop somewhere?"),
    M("softmax_truth_forgotten", _SOFT, {"(np.exp(log_p[j]) - (j == right))": "np.exp(log_p[j])"},
      "The gradient is probabilities minus the truth: subtract 1 for the right class.", _ROWS),
    M("softmax_right_class_only", _SOFT, {"(np.exp(log_p[j]) - (j == right))": "(np.exp(log_p[j]) - 1) * (j == right)"},
      "Every class gets a gradient, not only the right one: p for the others.", _ROWS),
    M("softmax_gradient_sign", _SOFT, {"(np.exp(log_p[j]) - (j == right))": "((j == right) - np.exp(log_p[j]))"},
      "The gradient has the wrong sign: it is probabilities minus the truth.", _DOWN),
    *_penalty(_SOFT, " + reg * np.sum(W * W)", " + 2 * reg * W"),

    # Softmax without loops
    M("softmax_fast_not_averaged", _SOFT_FAST, {".sum() / len(X) + reg": ".sum() + reg", "dscores / len(X) + 2": "dscores + 2"},
      "Average over the examples: divide loss and gradient by N.", _TWICE),
    M("softmax_fast_loss_not_averaged", _SOFT_FAST, {".sum() / len(X) + reg": ".sum() + reg"},
      "Average the loss over the examples: divide by N.", _TWICE),
    M("softmax_fast_gradient_not_averaged", _SOFT_FAST, {"dscores / len(X) + 2": "dscores + 2"},
      "The loss is a mean over N examples, so its gradient is divided by N too.", _TWICE_GRADIENT),
    M("softmax_fast_log10", _SOFT_FAST, {"-log_p[rows, y].sum()": "-np.log10(np.exp(log_p[rows, y])).sum()"},
      "Cross-entropy uses the natural logarithm, np.log, not np.log10: yours is too small by a factor of ln 10 = 2.3026.", _EQUAL),
    M("softmax_fast_log2", _SOFT_FAST, {"-log_p[rows, y].sum()": "-np.log2(np.exp(log_p[rows, y])).sum()"},
      "Cross-entropy uses the natural logarithm, np.log, not np.log2.", _EQUAL),
    M("softmax_fast_whole_columns", _SOFT_FAST, {"-log_p[rows, y].sum()": "-log_p[:, y].mean(axis=1).sum()"},
      "log_p[:, y] takes N whole columns; one entry from each row is log_p[np.arange(N), y].",
      "The loss of an example may depend on its own label only. Change another example's label: does it change?"),
    M("softmax_fast_all_classes_counted", _SOFT_FAST, {"-log_p[rows, y].sum()": "-log_p.sum()"},
      "Only the right class of each example counts in the loss.", _EQUAL),
    M("softmax_fast_no_max_shift", _SOFT_FAST, {"scores - scores.max(axis=1, keepdims=True)": "1.0 * scores"},
      "exp overflows for large scores. Subtract the maximum of each row first: the probabilities stay the same.", _SHIFT),
    M("softmax_fast_overflowing_probabilities", _SOFT_FAST,
      {"scores - scores.max(axis=1, keepdims=True)": "1.0 * scores",
       "shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))":
       "np.log(np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True))"},
      "exp overflows for large scores. Subtract the maximum of each row first: the probabilities stay the same.", _SHIFT),
    M("softmax_fast_one_max_for_all", _SOFT_FAST, {"scores.max(axis=1, keepdims=True)": "scores.max()"},
      "One maximum for the whole batch is not enough: take the maximum of each row (axis=1, keepdims=True).",
      "Each example counts on its own: its loss may not depend on the others. Try one row around 0 and one around 2000."),
    M("softmax_fast_normalized_over_everything", _SOFT_FAST, {"np.exp(shifted).sum(axis=1, keepdims=True)": "np.exp(shifted).sum()"},
      "The probabilities of each row must add up to 1; yours do so over the whole batch.", _EQUAL),
    M("softmax_fast_normalized_over_examples", _SOFT_FAST, {"np.exp(shifted).sum(axis=1, keepdims=True)":
                                                            "np.exp(shifted).sum(axis=0, keepdims=True)"},
      "The sum runs over the examples; it should run over the classes of each (axis 1).", _EQUAL),
    M("softmax_fast_probabilities_over_examples", _SOFT_FAST,
      {"shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))": "np.log(np.exp(shifted) / np.exp(shifted).sum(axis=0))"},
      "The sum runs over the examples; it should run over the classes of each (axis 1).", _EQUAL),
    M("softmax_fast_epsilon_in_the_log", _SOFT_FAST, {"-log_p[rows, y].sum()": "-np.log(np.exp(log_p[rows, y]) + 1e-8).sum()"},
      "A small number is added inside the logarithm. That hides log(0), but it caps the loss of unlikely classes. With the row "
      "maximum subtracted, s − log Σ exp(s) needs no such help.",
      "With a score 40 below the others, −log p is about 40. Does your loss go on growing there, or does it stop somewhere?"),
    M("softmax_fast_truth_forgotten", _SOFT_FAST, {"    dscores[rows, y] -= 1\n": ""},
      "The gradient at the scores is p minus the truth: subtract 1 at the right class of each row.", _ROWS),
    M("softmax_fast_truth_subtracted_everywhere", _SOFT_FAST, {"dscores[rows, y] -= 1": "dscores[:, y] -= 1"},
      "dscores[:, y] is N whole columns; the right entry of each row is dscores[np.arange(N), y].", _ROWS),
    M("softmax_fast_gradient_sign", _SOFT_FAST, {"X.T @ dscores": "-X.T @ dscores"},
      "The gradient has the wrong sign: it is p minus the truth.", _DOWN),
    *_penalty(_SOFT_FAST, " + reg * np.sum(W * W)", " + 2 * reg * W"),

    # train
    M("steps_uphill", "train", {"self.W -= learning_rate": "self.W += learning_rate"},
      "The step goes uphill: subtract learning_rate · gradient.", "With a small learning rate each step must lower the loss on its own batch. Does it?",
      "Look at the step that LinearClassifier.train takes."),
    M("learning_rate_unused", "train", {"-= learning_rate * grad": "-= grad"}, "The step must be learning_rate · gradient.",
      "With a learning rate of 0 nothing moves, and half of it makes half the step. Try both.",
      "Look at the step that LinearClassifier.train takes."),
    M("step_replaces_w", "train", {"self.W -= learning_rate * grad": "self.W = -learning_rate * grad"},
      "W is replaced by the step; the step has to be subtracted from W.",
      "With a learning rate of 0, W stays as it was. Does it in yours?",
      "Look at the step that LinearClassifier.train takes."),
    M("never_steps", "train", {"        self.W -= learning_rate * grad\n": ""},
      "W never moves: the step is missing.", "Compare W before and after one iteration.",
      "Look at the step that LinearClassifier.train takes."),
    M("batches_in_sequence", "train", {"np.random.choice(num_train, batch_size)":
                                        "np.arange(it * batch_size, (it + 1) * batch_size) % num_train"},
      "The batches go through the examples in order; draw each batch at random.",
      "Print the indices of the first few batches. Is there an order in them?",
      "Look at how LinearClassifier.train chooses a batch."),
    M("batches_of_neighbours", "train", {"np.random.choice(num_train, batch_size)":
                                          "(np.random.randint(num_train) + np.arange(batch_size)) % num_train"},
      "Only the first example of a batch is drawn, and its neighbours come along: draw each example at random.",
      "Print the indices of a batch: does the first one tell all the others?",
      "Look at how LinearClassifier.train chooses a batch."),
    M("same_batch_always", "train", {"np.random.choice(num_train, batch_size)": "np.arange(batch_size) % num_train"},
      "Every step uses the same examples: draw new ones each time.",
      "Stochastic gradient descent sees different examples at each step. Print the indices of two steps: are they different?",
      "Look at how LinearClassifier.train chooses a batch."),
    M("labels_of_other_examples", "train", {"y[chosen]": "y[np.random.choice(num_train, batch_size)]"},
      "Examples and labels are drawn by two separate calls, so they don't belong together: use one array of indices "
      "for both.",
      "Print an example of a batch and its label: are they a pair of the training data?",
      "Look at how LinearClassifier.train chooses a batch."),
    M("batch_without_replacement", "train", {"np.random.choice(num_train, batch_size)":
                                             "np.random.choice(num_train, batch_size, replace=False)"},
      "Without replacement no batch can be larger than the data: draw with replacement, or draw no more examples "
      "than there are.",
      "A batch of 200 from five examples: does it work in yours?",
      "Look at how LinearClassifier.train chooses a batch."),
    M("batch_of_one", "train", {"np.random.choice(num_train, batch_size)": "np.random.choice(num_train, 1)"},
      "A batch is a single example: batch_size is not used.",
      "Print the shape of X_batch. How many rows does it have?",
      "Look at how LinearClassifier.train chooses a batch."),

    # predict
    M("prediction_kept", "predict", {"(X @ self.W).argmax(axis=1)": "self.__dict__.setdefault('kept', (X @ self.W).argmax(axis=1))"},
      "The prediction of the first call is kept, and given again: compute it anew in each call.",
      "Predict for other examples: is the answer another one?"),
    M("classes_from_one", "predict", {".argmax(axis=1)": ".argmax(axis=1) + 1"},
      "Classes are counted from 0, as argmax does it: nothing is added.",
      "If the first score of a row is the highest, the class is 0. Is it in yours?"),
    M("scores_cut_off", "predict", {"(X @ self.W).argmax": "(X @ self.W).astype(int).argmax"},
      "Cut off after the decimal point, close scores are equal, and argmax takes the first of them: compare the scores as they are.",
      "Make all scores a hundred times smaller: no prediction may change. Does one in yours?"),
    M("lowest_score", "predict", {"argmax": "argmin"}, "The prediction is the class with the highest score: argmax.",
      "The loss pushes the score of the right class up. Which score should then decide?"),
    M("softmax_over_the_examples", "predict",
      {"(X @ self.W).argmax": "(X @ self.W - np.log(np.exp(X @ self.W - (X @ self.W).max(axis=0)).sum(axis=0)) - (X @ self.W).max(axis=0)).argmax"},
      "The scores are made into probabilities down the columns, over the examples; each row should be compared as it is.",
      "Predict for one example, and for the same one among others: it must get the same class. Does it?"),
    M("best_row", "predict", {"argmax(axis=1)": "argmax(axis=0)"},
      "argmax over axis 1 gives one class for each row; over axis 0 it gives one row for each class.",
      "There is one prediction for each example. How many do you get for N examples?"),
    M("scores_instead_of_classes", "predict", {"(X @ self.W).argmax(axis=1)": "X @ self.W"},
      "predict gives class numbers, not scores: take the argmax of each row.",
      "There is one whole number for each example. What is the shape of yours, and its dtype?"),
    M("highest_score_itself", "predict", {"argmax": "max"},
      "This is the highest score; the prediction is its class: argmax.",
      "A prediction is a whole number from 0 to C − 1. Is yours?"),
    M("size_of_the_score", "predict", {"(X @ self.W).argmax": "np.abs(X @ self.W).argmax"},
      "A strongly negative score speaks against a class: take the argmax of the scores themselves.",
      "If all scores but one are strongly negative, that one should win. Does it?"),

    # inline questions
    M("kink_proves_an_error", "inline_question_1", {"{2, 4}": "{1}"},
      "Near a kink a right gradient differs from a centred difference as well.",
      "Work out both slopes in the picture: is either of them a mistake?"),
    M("smaller_h_overlooked", "inline_question_1", {"{2, 4}": "{2}"},
      "A smaller h reaches across a kink less often.", "How close to a kink must the weights be so that ±h reaches across it?"),
    M("softmax_has_kinks", "inline_question_1", {"{2, 4}": "{2, 3, 4}"},
      "exp and log are smooth: the softmax loss has no kinks.", "Does exp or log have a kink anywhere?"),
    M("frequencies_matter", "inline_question_2", {"{2, 3}": "{1, 2, 3}"},
      "With equal scores each example costs log C, whatever its class is.",
      "Let all examples be cats, with equal scores: what is the loss?"),
    M("svm_starts_at_log_c", "inline_question_2", {"{2, 3}": "{2, 3, 4}"},
      "The SVM loss starts at C − 1 = 9: nine margins of size 1.", "Put equal scores into the formula of the SVM loss: what do you get?"),
    M("hundred_classes_overlooked", "inline_question_2", {"{2, 3}": "{2}"},
      "log 100 is 4.605.", "Put C = 100 into the formula."),
    M("template_is_a_picture", "inline_question_3", {"{1, 4}": "{1, 2, 4}"},
      "A template is a weighted sum of a great many pictures, not one of them.",
      "How often is something added to a column of W during training?"),
    M("weak_penalty_smooths", "inline_question_3", {"{1, 4}": "{1, 3, 4}"},
      "It is a strong penalty that smooths: a weak one leaves room for the oddities of single pictures.",
      "Train with reg = 1 and with reg = 50 000, and look at the templates."),
    M("two_views_overlooked", "inline_question_3", {"{1, 4}": "{1}"},
      "There is one template per class, so all views of a class have to share it.",
      "How many templates does the class horse have?"),
    M("softmax_may_stay", "inline_question_4", {"{1, 3, 4}": "{1, 2, 3, 4}"},
      "For softmax every example costs something, however little: its probability is below 1.",
      "Is there an example with −log p exactly 0, while exp of the other scores is positive?"),
    M("svm_always_changes", "inline_question_4", {"{1, 3, 4}": "{3, 4}"},
      "An example that keeps all its margins adds nothing to the SVM loss.",
      "Of the three examples worked by hand, what did the second one add?"),
    M("zero_not_the_minimum", "inline_question_4", {"{1, 3, 4}": "{1, 3}"},
      "Neither loss can be negative, and 0 is reached or approached.", "What is −log p for p close to 1?"),
]

# Where a mistake consists of two that have entries of their own, their names are right as well.
ALSO_CALLED = {
    "softmax_fast_probabilities_over_examples": ("softmax_fast_normalized_over_examples",),
    "svm_never_mind_the_sign": ("svm_gradient_without_condition",),
    "svm_fast_right_class_counted": ("svm_fast_right_class_in_the_count",),
    **{f"{which}_{whole}": tuple(f"{which}_{half}" for half in halves)
       for which in ("svm", "svm_fast", "softmax", "softmax_fast")
       for whole, halves in {"not_averaged": ("loss_not_averaged", "gradient_not_averaged"),
                             "penalty_missing": ("penalty_missing_in_the_loss", "penalty_gradient_missing"),
                             "penalty_with_half_throughout": ("penalty_with_half", "penalty_gradient_without_2")}.items()},
}
