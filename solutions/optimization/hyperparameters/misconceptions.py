"""Known mistakes in hyperparameters.ipynb. Each was seen in a public solution, in a forum, or made by hand from one."""

from autograder.authoring.misconception import Misconception as M

from ..shared import NETWORK

_STEP = "net.params[name] = net.params[name] - learning_rate * gradients[name]"
_LAST = "np.mean(losses[-max(len(losses) // 10, 1):])"
_DIVERGED = '    if not np.all(np.isfinite(losses)):\n        verdict = "diverged"\n    elif last > losses[0]:'
_DRAW = "10 ** np.random.uniform(np.log10(low), np.log10(high), size)"
_AXES = "np.geomspace(low, high, count)"
_RANDOM = "[{name: sample_log_uniform(*ends) for name, ends in ranges.items()} for _ in range(count)]"
_KEY = "-np.inf if np.isnan(pair[1]) else pair[1]"

_HALF = "Draw a thousand numbers between 0.0001 and 1. One half of them must lie below 0.01. How many of yours do?"
_NAN = "Let one of five scores be NaN. Where does it end up, and are the others in order?"

CATALOGUE = [
    # the network
    *NETWORK,

    # expected_loss
    M("log10_of_the_classes", "expected_loss", {"np.log(num_classes)": "np.log10(num_classes)"}, "Cross-entropy uses the natural logarithm, np.log.",
      "For 10 classes it is 2.3026. What is yours?"),
    M("log_of_one_over_c", "expected_loss", {"np.log(num_classes)": "np.log(1 / num_classes)"}, "The loss is −log(1/C) = log C: the sign is wrong.",
      "A loss of this kind is never negative. Is yours?"),
    M("penalty_without_half", "expected_loss", {"0.5 * reg": "reg"}, "The penalty has a ½ in this notebook.",
      "With reg = 2 and 1000 weights of size 0.1 the penalty is 10. What is yours?"),
    M("penalty_left_out", "expected_loss", {" + 0.5 * reg * num_weights * weight_scale**2": ""}, "With regularization the penalty comes on top: ½ · reg · n · s².",
      "The loss must rise with reg. Does yours?"),
    M("scale_not_squared", "expected_loss", {"weight_scale**2": "weight_scale"}, "The penalty adds up squares: the weight scale is squared.",
      "Weights twice as large make a penalty four times as large. Do they in yours?"),
    M("number_of_weights_forgotten", "expected_loss", {"reg * num_weights *": "reg *"}, "Each of the n weights adds its square: multiply by their number.",
      "Twice as many weights make twice the penalty. Do they in yours?"),

    # overfit
    M("uphill", "overfit", {"- learning_rate *": "+ learning_rate *"}, "The step goes uphill: subtract learning_rate · gradient.",
      "With a small learning rate the loss must fall from step to step. Does it?"),
    M("only_the_weights_move", "overfit", {"for name in net.params:": 'for name in ("W1", "W2"):'}, "Update all parameters: the biases stay where they are.",
      "Compare all four parameters before and after one step: which have changed?"),
    M("learning_rate_unused", "overfit", {"learning_rate * gradients": "gradients"}, "The step is learning_rate · gradient.",
      "With a learning rate of 0 nothing moves. Does it in yours?"),
    M("no_step_at_all", "overfit", {_STEP: "pass"}, "The parameters are never changed.",
      "Print one weight before and after. Has it changed?"),
    M("params_become_the_step", "overfit", {_STEP: "net.params[name] = -learning_rate * gradients[name]"},
      "The new parameters are the old ones minus the step, not the step itself.", "With a learning rate of 0 nothing changes. Does it in yours?"),
    M("gradients_from_the_first_step", "overfit",
      {"    for _ in range(num_steps):\n        loss, gradients = net.loss(X, y)\n": "    loss, gradients = net.loss(X, y)\n    for _ in range(num_steps):\n"},
      "Loss and gradients have to be computed anew in every step.", "Are your losses all the same number?"),
    M("one_step_too_many", "overfit", {"range(num_steps)": "range(num_steps + 1)"}, "Take num_steps steps.",
      "With num_steps=1 there is one loss. How many do you have?"),
    M("loss_after_the_step", "overfit",
      {f"        losses += [loss]\n        for name in net.params:\n            {_STEP}":
       f"        for name in net.params:\n            {_STEP}\n        losses.append(net.loss(X, y)[0])"},
      "The loss is recorded before the step is made.", "The first loss is that of the network as it was given. Is it?"),

    M("learning_rate_decays", "overfit", {_STEP: f"{_STEP}\n        learning_rate = 0.95 * learning_rate"},
      "The learning rate is lowered from step to step; here it stays as it is given.",
      "Print the learning rate in the first and in the last step. Is it the same?", "Look at what changes from step to step in overfit."),
    M("stops_when_the_loss_is_small", "overfit", {"losses += [loss]": "losses += [loss]\n        if loss < 0.5:\n            break"},
      "It stops as soon as the loss is small; all num_steps steps are to be made.",
      "There is one loss for each step. How many do you get for num_steps = 1000?"),

    # read_curve
    M("last_loss_only", "read_curve", {_LAST: "losses[-1]"}, "The end is the mean of the last tenth: single losses jump.",
      "Let the very last of forty losses be small. Does your verdict change?"),
    M("a_fixed_number_of_last_losses", "read_curve", {_LAST: "np.mean(losses[-10:])"}, "The end is the last tenth, len(losses) // 10 of them.",
      "Of forty losses, how many count in yours?"),
    M("tenth_of_a_short_curve", "read_curve", {_LAST: "np.mean(losses[-(len(losses) // 10):])"},
      "With fewer than ten losses, len(losses) // 10 is 0, and losses[-0:] is all of them: take at least one.",
      "Try three losses: of how many of them do you take the mean?"),
    M("mean_of_all", "read_curve", {_LAST: "np.mean(losses)"}, "The end is the mean of the last tenth, not of all.",
      "Take a curve that falls late. What is its end?"),
    M("nan_not_seen", "read_curve", {_DIVERGED: "    if last > losses[0]:"}, "Look for NaN and infinity first: comparisons with NaN are always false.",
      "Put one NaN in the middle of a good curve. What does your function say?"),
    M("only_the_end_is_looked_at", "read_curve", {"np.all(np.isfinite(losses))": "np.isfinite(last)"},
      "One NaN anywhere means that it diverged: look at all losses.",
      "Put one NaN in the middle of a good curve. What does your function say?"),
    M("infinity_not_seen", "read_curve", {"not np.all(np.isfinite(losses))": "np.any(np.isnan(losses))"}, "Infinite losses count as well: np.isfinite.",
      "Put one infinity in the middle of a good curve. What does your function say?"),
    M("too_high_and_too_low_swapped", "read_curve", {'> losses[0]:\n        verdict = "too high"': '> losses[0]:\n        verdict = "too low"',
       '0.9 * losses[0]:\n        verdict = "too low"': '0.9 * losses[0]:\n        verdict = "too high"'}, "A loss that rises means too high a learning rate.",
      "Make the learning rate enormous: which word comes out?"),
    M("ten_percent_of_the_beginning", "read_curve", {"0.9 * losses[0]": "0.1 * losses[0]"}, "\"too low\" means above 90 % of the beginning.",
      "A loss that falls to one half is good. What does your function say?"),
    M("fall_of_a_tenth_in_numbers", "read_curve", {"0.9 * losses[0]": "losses[0] - 0.1"}, "90 % of the beginning, not 0.1 less.",
      "From 3.0 to 2.8 is still above 90 %. What does your function say?"),

    # update_ratio
    M("ratio_upside_down", "update_ratio", {"np.linalg.norm(after - before) / np.linalg.norm(before)": "np.linalg.norm(before) / np.linalg.norm(after - before)"},
      "The step goes above the fraction line, the weights below it.", "A tiny step makes a tiny ratio. Does it?"),
    M("ratio_to_the_weights_after", "update_ratio", {"/ np.linalg.norm(before)": "/ np.linalg.norm(after)"}, "Divide by the weights before the step.",
      "From 1 to 2 is a ratio of 1. What is yours?"),
    M("difference_of_the_lengths", "update_ratio", {"np.linalg.norm(after - before)": "np.abs(np.linalg.norm(after) - np.linalg.norm(before))"},
      "The length of the difference, not the difference of the lengths.", "Flip the sign of all weights: that is a long step. Is it in yours?"),
    M("ratio_of_sums", "update_ratio", {"np.linalg.norm(after - before) / np.linalg.norm(before)": "np.sum(after - before) / np.sum(before)"},
      "Lengths, not sums: steps of both signs would cancel.", "Move one weight up and one down by the same amount. Is your ratio 0?"),
    M("mean_of_the_ratios", "update_ratio", {"np.linalg.norm(after - before) / np.linalg.norm(before)": "np.mean(np.abs((after - before) / before))"},
      "One length divided by another, not a mean of ratios: weights near 0 would decide.", "Let one weight be 1e-9. What becomes of your ratio?"),
    M("ratio_of_sizes", "update_ratio", {"np.linalg.norm(after - before) / np.linalg.norm(before)": "np.sum(np.abs(after - before)) / np.sum(np.abs(before))"},
      "That adds up sizes; a length is the root of the sum of the squares.", "In the plane, how far is it from (0, 0) to (3, 4)? Is it 7 in yours?"),
    M("ratio_without_root", "update_ratio", {"np.linalg.norm(after - before) / np.linalg.norm(before)": "np.sum((after - before) ** 2) / np.sum(before**2)"},
      "The root is missing: a length is the root of the sum of the squares.", "In the example by hand it is 0.01. Is yours 0.0001?"),

    # sample_log_uniform
    M("uniform_itself", "sample_log_uniform", {_DRAW: "np.random.uniform(low, high, size)"}, "That draws the numbers evenly, not their logarithms.", _HALF),
    M("exponent_returned", "sample_log_uniform", {_DRAW: "np.random.uniform(np.log10(low), np.log10(high), size)"},
      "Those are the exponents: raise 10 to them.", "All numbers lie between low and high. Do yours?"),
    M("bases_mixed", "sample_log_uniform", {"np.log10(low), np.log10(high)": "np.log(low), np.log(high)"},
      "The exponents are natural logarithms, but the base is 10: use the same base.", "All numbers lie between low and high. Do yours?"),
    M("bounds_not_in_logarithms", "sample_log_uniform", {"np.log10(low), np.log10(high)": "low, high"},
      "The bounds of the exponent are the logarithms of low and high.", "All numbers lie between low and high. Do yours?"),
    M("whole_powers_only", "sample_log_uniform", {_DRAW: "10.0 ** np.random.randint(np.floor(np.log10(low)), np.ceil(np.log10(high)), size)"},
      "Only whole powers of ten come out: draw the exponent from a continuous distribution.", "How many different numbers do you get in a hundred draws?"),
    M("seed_of_its_own", "sample_log_uniform",
      {_DRAW: "10 ** np.random.RandomState(42).uniform(np.log10(low), np.log10(high), size)"},
      "A fixed seed gives the same numbers in each call: use the generator that goes on from call to call.",
      "Call it twice: are the numbers different?",
      contract="Draw numbers between low and high whose logarithms are evenly distributed."),
    M("size_unused", "sample_log_uniform", {", size)": ")"}, "size is not used: pass it on to np.random.uniform.", "Ask for 5 numbers. How many do you get?"),
    M("normal_logarithms", "sample_log_uniform",
      {_DRAW: "10 ** np.clip(np.random.normal(np.log10(low * high) / 2, np.log10(high / low) / 6, size), np.log10(low), np.log10(high))"},
      "Those logarithms are normally distributed; they should be uniform.", "Each power of ten gets the same share. Does it in yours?"),
    M("always_an_array", "sample_log_uniform", {", size)": ", size or 1)"}, "Without a size it is one number, not an array of one.",
      "What is np.ndim of sample_log_uniform(0.1, 1)?"),

    # make_grid, random_settings
    M("grid_evenly_spaced", "make_grid", {_AXES: "np.linspace(low, high, count)"}, "Evenly spaced on the logarithmic scale: np.geomspace.",
      "From 0.0001 to 0.01, the value in the middle of three is 0.001. What is yours?", "Look at the values of the axes in make_grid."),
    M("logspace_of_the_bounds", "make_grid", {_AXES: "np.logspace(low, high, count)"}, "np.logspace takes exponents; np.geomspace takes the bounds themselves.",
      "The first value is low and the last one high. Are they?", "Look at the values of the axes in make_grid."),
    M("grid_without_its_end", "make_grid", {_AXES: "np.geomspace(low, high, count, endpoint=False)"}, "Both ends belong to the grid.",
      "The last value is high. Is it?", "Look at the values of the axes in make_grid."),
    M("diagonal_only", "make_grid", {"product(*axes)": "zip(*axes)"}, "zip walks along the diagonal; a grid has all combinations: product.",
      "Three values of each of two make 9 settings. How many do you have?", "Look at how make_grid combines the values."),
    M("last_changes_slowest", "make_grid", {"[dict(zip(ranges, values)) for values in product(*axes)]":
                                            "[dict(zip(ranges, values[::-1])) for values in product(*axes[::-1])]"},
      "The first hyperparameter changes slowest.",
      "The first three settings of 9 have the same learning rate. Do they in yours?",
      "Look at the order of make_grid's settings."),
    M("tuples_instead_of_dictionaries", "make_grid", {"dict(zip(ranges, values))": "values"}, "A setting is a dictionary with the names of the hyperparameters.",
      "What is make_grid(...)[0][\"learning_rate\"]?", "Look at what a setting is in make_grid."),
    M("one_random_setting_repeated", "make_grid", {_RANDOM: "[{name: sample_log_uniform(*ends) for name, ends in ranges.items()}] * count"},
      "That is one and the same setting, count times: draw anew for each, into a dictionary of its own.", "Are all your learning rates different?", "Look at random_settings."),
    M("one_draw_for_all_names", "make_grid",
      {_RANDOM: "[{name: low * (high / low) ** u for name, (low, high) in ranges.items()} for u in np.random.rand(count)]"},
      "One random number decides all hyperparameters, so they go up and down together: draw for each name.",
      "Plot reg against the learning rate. Do the points lie on a line?", "Look at random_settings."),
    M("random_without_logarithm", "make_grid", {_RANDOM: "[{name: np.random.uniform(*ends) for name, ends in ranges.items()} for _ in range(count)]"},
      "Draw with your sample_log_uniform: evenly on the logarithmic scale.", _HALF, "Look at random_settings."),
    M("random_choice_from_the_grid", "make_grid", {_RANDOM: "[make_grid(ranges, 3)[i] for i in np.random.randint(3 ** len(ranges), size=count)]"},
      "Those are points of a grid, drawn at random: every value should be drawn anew.", "How many different learning rates are there?", "Look at random_settings."),
    M("as_many_for_each_name", "make_grid", {"for _ in range(count)]": "for _ in range(count * len(ranges))]"}, "count settings in all.",
      "Ask for 5 settings. How many do you get?", "Look at random_settings."),

    # search
    M("worst_first", "search", {", reverse=True": ""}, "The highest score comes first: reverse=True.",
      "What is the score of results[0], and what is the largest score?"),
    M("not_sorted", "search", {f"    results.sort(key=lambda pair: {_KEY}, reverse=True)\n": ""}, "Sort the results by score, the best first.",
      "What is the score of results[0], and what is the largest score?"),
    M("nan_in_the_way", "search", {_KEY: "pair[1]"}, "NaN is neither smaller nor larger than anything, so sorting goes wrong: give it the key −∞.", _NAN),
    M("nan_first", "search", {"-np.inf if": "np.inf if"}, "NaN comes last: its key has to be −∞ when you sort from high to low.", _NAN),
    M("nan_becomes_zero", "search", {"(setting, evaluate(setting))": "(setting, np.nan_to_num(evaluate(setting)))"},
      "NaN is turned into 0, which is a better score than a bad one: leave it, and sort it to the end.", _NAN),
    M("nan_left_out", "search", {"for setting in settings]": "for setting in settings if not np.isnan(evaluate(setting))]"},
      "Trainings that diverged belong in the results too, at the end: they say where the range "
      "ends.", "Are there as many results as settings?"),
    M("nan_counts_as_minus_one", "search", {"-np.inf if": "-1.0 if"}, "NaN with the key −1 comes before scores that are lower still: use −∞.", _NAN),
    M("nan_counts_as_zero", "search", {"-np.inf if": "0.0 if"}, "NaN with the key 0 comes before negative scores: use −∞.", _NAN),
    M("scores_only", "search", {"[(setting, evaluate(setting)) for": "[(evaluate(setting), evaluate(setting)) for"}, "A result is a pair of the setting and its score.",
      "What is results[0][0]?"),
    M("pairs_swapped", "search", {"(setting, evaluate(setting))": "(evaluate(setting), setting)", "np.isnan(pair[1]) else pair[1]": "np.isnan(pair[0]) else pair[0]"},
      "The setting comes first, the score second.", "What is results[0][1]: a score?"),

    # narrow
    M("all_results_kept", "narrow", {"results[:keep]": "results"}, "Only the best keep settings count: results[:keep].", "With keep=1 both ends are the same. Are they in yours?"),
    M("the_worst_kept", "narrow", {"results[:keep]": "results[-keep:]"}, "The best come first in results: results[:keep].",
      "With keep=1 the range is that of the first result. Is it in yours?"),
    M("half_and_double_the_best", "narrow",
      {"(min(one[name] for one in best), max(one[name] for one in best))": "(best[0][name] / 2, best[0][name] * 2)"},
      "That is a range around the best setting; asked for are the smallest and the largest value among the best few.",
      "Does your range change if the second best setting does?"),
    M("ends_swapped", "narrow", {"(min(one[name] for one in best), max(one[name] for one in best))": "(max(one[name] for one in best), min(one[name] for one in best))"},
      "The smaller end comes first.", "Is the first number of each range smaller than the second?"),
    M("best_and_last_as_ends", "narrow", {"(min(one[name] for one in best), max(one[name] for one in best))": "(best[0][name], best[-1][name])"},
      "The ends are the smallest and the largest value, not those of the first and the last setting.", "Is the first number of each range smaller than the second?"),
    M("ends_sorted_only", "narrow", {"(min(one[name] for one in best), max(one[name] for one in best))": "tuple(sorted((best[0][name], best[-1][name])))"},
      "All kept settings count, not only the first and the last of them.", "Do all the best settings lie within your range?"),

    # inline questions
    M("accuracy_cannot_rise_alone", "inline_question_1", {"{2}": "{1}"}, "The accuracy depends on the order of the scores only, the loss on their size.",
      "Take scores of 0.001 and 0: what is the prediction, and what is the loss?",
      "Look at how a prediction is made from the scores."),
    M("too_high_a_rate", "inline_question_1", {"{2}": "{3}"}, "With too high a learning rate the loss jumps or rises; here it hardly moves.",
      "What does a loss do when the steps are too large?", "Look at how little the loss has moved."),
    M("grid_tries_them_all", "inline_question_2", {"{2}": "{3}"}, "The grid repeats its 4 values of each hyperparameter 16 times.",
      "Count the different values on one axis of the grid.", "Look at the marks at the bottom of the two pictures."),
    M("both_try_four", "inline_question_2", {"{2}": "{1}"}, "Random search draws every value anew.", "Count the marks below the random search.",
      "Look at the marks at the bottom of the two pictures."),
    M("finer_at_the_edge", "inline_question_3", {"{2}": "{1}"}, "Beyond the edge nothing was tried: the best may lie there.",
      "What do you know about learning rates above 0.01?", "Look at where the winner lies in its range."),
    M("grid_at_the_edge", "inline_question_3", {"{2}": "{4}"}, "A grid in the same range cannot see beyond its edge either.",
      "What do you know about learning rates above 0.01?", "Look at where the winner lies in its range."),
]
