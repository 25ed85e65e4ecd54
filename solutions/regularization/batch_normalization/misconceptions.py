"""Known mistakes in batch_normalization.ipynb. Each was seen in a public solution, in a forum, or made by hand from one."""

from dataclasses import replace

from autograder.authoring.misconception import Misconception as M

from ..shared import (
    BROUGHT,
    PENALTY_GRADIENT_MISSING,
    PENALTY_WITHOUT_HALF,
    PENALTY_WITHOUT_HALF_THROUGHOUT,
    WEIGHTS_NOT_SCALED,
)

_COLUMNS = "Each feature is a column: normalized, it has mean 0 and standard deviation 1 over the batch. Do yours?"
_BY_HAND = "Work out the column [1, 2, 6] by hand, as in the text, and print what yours makes of it."
_ONE_STEP = ("Start with nothing, give it one batch, and look into bn_param: a tenth of the batch's mean should be "
             "there. What is?")
_ONE_EXAMPLE = "At test time a batch of one must do as well as a large one. What does yours give for a single row?"
_SUMS = "Add the same number to all of x: nothing changes. So each column of dx must sum to 0. Does it?"
_SHAPE = "A gradient has the shape of what it is the gradient of. Compare."
_NUMERIC = "Compare each of the three gradients with the numerical one: which of them is off, and by which factor?"

CATALOGUE = [
    # What is brought along
    *BROUGHT,
    M("db_keeps_its_row", "bring_layers", {"dout.sum(axis=0)": "dout.sum(axis=0, keepdims=True)"},
      "db must have the shape of b, (M,).", _SHAPE),
    M("adam_t_begins_at_1", "bring_adam", {'"t": 0}': '"t": 1}'},
      "t begins at 1 and is raised before it is used, so that the first step corrects with the second power: begin at 0.",
      "Take one step without a config. What is t then?"),
    M("adam_counts_late", "bring_adam", {'config["beta1"] ** config["t"]': 'config["beta1"] ** (config["t"] - 1 or 1)',
                                         'config["beta2"] ** config["t"]': 'config["beta2"] ** (config["t"] - 1 or 1)'},
      "t is raised before it is used: the second step corrects with the second power.",
      "Take two steps: which powers of β correct the second one?"),

    # batchnorm_forward, training
    M("unbiased_variance", "batchnorm_forward",
      {"x.mean(axis=0), x.var(axis=0)": "x.mean(axis=0), x.var(axis=0, ddof=1)"},
      "The variance is divided by N − 1; here it is the mean square, divided by N, for the output and the running average.",
      _BY_HAND),
    M("unbiased_running_variance", "batchnorm_forward",
      {"(1 - momentum) * var": "(1 - momentum) * x.var(axis=0, ddof=1)"},
      "The running variance averages the variance divided by N − 1, as some libraries do; here it averages the one that "
      "normalizes, divided by N.",
      "Start with nothing and give it one batch: the running variance is a tenth of which number?"),
    M("eps_outside_the_root", "batchnorm_forward", {"np.sqrt(var + eps)": "np.sqrt(var) + eps"},
      "eps belongs under the root, with the variance: √(var + eps).",
      "Where a feature hardly varies, eps decides: with var = 1e-6 the divisor is 0.0033. What is yours?"),
    M("eps_of_another_size", "batchnorm_forward", {'"eps", 1e-5': '"eps", 1e-8'},
      "eps is 1e-5 where bn_param has none; yours is 1e-8.",
      "Where a feature hardly varies, eps decides: with a variance of 1e-6 the divisor is 0.0033. What is yours?", costs=1),
    M("eps_forgotten", "batchnorm_forward", {"np.sqrt(var + eps)": "np.sqrt(var)"},
      "eps is missing under the root.",
      "A feature that is the same for all examples has the variance 0. What does yours divide by?"),
    M("divided_by_the_variance", "batchnorm_forward", {"np.sqrt(var + eps)": "(var + eps)"},
      "That divides by the variance; divide by its root, the standard deviation.", _COLUMNS),
    M("normalized_over_the_features", "batchnorm_forward",
      {"mean, var = x.mean(axis=0), x.var(axis=0)":
       "mean, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)"},
      "The statistics are those of each example over its features (that is layer normalization). Take them along axis 0.",
      _COLUMNS),
    M("one_mean_for_all", "batchnorm_forward",
      {"x.mean(axis=0), x.var(axis=0)": "x.mean() + 0 * x[0], x.var() + 0 * x[0]"},
      "One mean and one variance are taken over the whole array: each feature has its own.", _COLUMNS),
    M("mean_not_subtracted", "batchnorm_forward", {"(x - mean) / std": "x / std"},
      "The mean is not subtracted.", _COLUMNS),
    M("not_scaled", "batchnorm_forward", {"gamma * x_hat + beta": "x_hat + beta"}, "gamma is left out.",
      "With beta = 0 the output has the standard deviation gamma. Does yours?"),
    M("not_shifted", "batchnorm_forward", {"gamma * x_hat + beta": "gamma * x_hat"}, "beta is left out.",
      "The output has the mean beta. Does yours?"),
    M("gamma_and_beta_swapped", "batchnorm_forward", {"gamma * x_hat + beta": "beta * x_hat + gamma"},
      "gamma and beta have changed places: gamma scales, beta shifts.", "The output has the mean beta. Does yours?"),
    M("momentum_swapped", "batchnorm_forward",
      {"momentum * running_mean + (1 - momentum) * mean": "(1 - momentum) * running_mean + momentum * mean",
       "momentum * running_var + (1 - momentum) * var": "(1 - momentum) * running_var + momentum * var"},
      "momentum and 1 − momentum have changed places: momentum is the weight of the old value.", _ONE_STEP),
    M("running_averages_are_the_last_batch", "batchnorm_forward",
      {"momentum * running_mean + (1 - momentum) * mean": "mean",
      "momentum * running_var + (1 - momentum) * var": "var"},
      "The running averages are the last batch's statistics: nothing is averaged.", _ONE_STEP),
    M("running_averages_never_move", "batchnorm_forward",
      {"running_mean = momentum * running_mean + (1 - momentum) * mean": "pass",
       "running_var = momentum * running_var + (1 - momentum) * var": "pass"},
      "The running averages are not updated.", _ONE_STEP),
    M("running_average_of_the_deviation", "batchnorm_forward", {"(1 - momentum) * var": "(1 - momentum) * std"},
      "The running variance averages standard deviations; it is an average of variances, and the root is taken at test time.", _ONE_STEP),
    M("running_deviation_throughout", "batchnorm_forward",
      {"(1 - momentum) * var": "(1 - momentum) * std", "/ np.sqrt(running_var + eps) + beta": "/ running_var + beta"},
      "Standard deviations are averaged, and divided by at test time. It is variances here: the root is taken at test time.",
      "Give a bn_param with a running_var of 4 in test mode: is a distance of 2 from the mean one standard deviation?"),
    M("eps_fixed", "batchnorm_forward", {'bn_param.get("eps", 1e-5)': "1e-5"},
      "eps is always 1e-5, whatever bn_param says: take bn_param.get(\"eps\", 1e-5).",
      "Set eps to 1 in bn_param: does the output change?",
      contract='"eps" and "momentum" are optional constants'),
    M("running_averages_normalize_in_training", "batchnorm_forward",
      {"        std = np.sqrt(var + eps)\n        x_hat = (x - mean) / std":
       "        std = np.sqrt(running_var + eps)\n        x_hat = (x - running_mean) / std"},
      "In training the batch's own statistics normalize; the running ones are only updated.", _COLUMNS),

    # batchnorm_forward, test time
    M("batch_statistics_at_test_time", "batchnorm_forward",
      {"gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta":
       "gamma * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps) + beta"},
      "At test time the batch's own statistics are used; use the running averages.", _ONE_EXAMPLE),
    M("eps_outside_the_root_at_test_time", "batchnorm_forward",
      {"np.sqrt(running_var + eps)": "(np.sqrt(running_var) + eps)"},
      "At test time, too, eps belongs under the root.",
      "Where the running variance is tiny, eps decides. What do you divide by if it is 1e-6?"),
    M("eps_forgotten_at_test_time", "batchnorm_forward", {"np.sqrt(running_var + eps)": "np.sqrt(running_var)"},
      "At test time eps is missing under the root.",
      "Where the running variance is tiny, eps decides. What do you divide by?"),
    M("divided_by_the_variance_at_test_time", "batchnorm_forward",
      {"np.sqrt(running_var + eps)": "(running_var + eps)"},
      "At test time the division is by the variance instead of its root.", _ONE_EXAMPLE),
    M("not_scaled_at_test_time", "batchnorm_forward", {"gamma * (x - running_mean)": "(x - running_mean)"},
      "At test time gamma is left out.", _ONE_EXAMPLE),
    M("not_shifted_at_test_time", "batchnorm_forward",
      {"np.sqrt(running_var + eps) + beta": "np.sqrt(running_var + eps)"}, "At test time beta is left out.",
      _ONE_EXAMPLE),
    M("averages_move_at_test_time", "batchnorm_forward",
      {"np.sqrt(running_var + eps) + beta": "np.sqrt(running_var + eps) + beta\n"
       "        running_mean = momentum * running_mean + (1 - momentum) * x.mean(axis=0)\n"
       "        running_var = momentum * running_var + (1 - momentum) * x.var(axis=0)"},
      "The running averages are updated at test time, too: nothing may be learned from test pictures.",
      "Put the same batch through test mode twice. Is the output the same both times?"),

    # batchnorm_backward
    M("mean_and_variance_held_constant", "batchnorm_backward", {"dx = dcentred + dmean / N": "dx = dx_hat / std"},
      "Only the direct way is there: x also acts through the mean and through the variance.", _SUMS),
    M("way_through_the_mean_forgotten", "batchnorm_backward", {"dx = dcentred + dmean / N": "dx = dcentred"},
      "The way through the mean is missing: each x moves the mean, and with it all examples.", _SUMS),
    M("way_through_the_variance_forgotten", "batchnorm_backward",
      {"dx_hat / std + 2 * centred * dvar / N": "dx_hat / std"},
      "The way through the variance is missing.",
      "Stretch all of x by one per cent: the output hardly changes. So each column of dx · x_hat must sum to nearly 0. Does it?"),
    M("mean_divided_by_n_twice", "batchnorm_backward", {"dcentred + dmean / N": "dcentred + dmean / N**2"},
      "The gradient of the mean is divided by N twice.", _SUMS),
    M("mean_not_divided_by_n", "batchnorm_backward", {"dcentred + dmean / N": "dcentred + dmean"},
      "Each x has a share of 1/N in the mean: the gradient of the mean is divided by N.", _SUMS),
    M("variance_divided_by_n_twice", "batchnorm_backward", {"2 * centred * dvar / N": "2 * centred * dvar / N**2"},
      "The way through the variance is divided by N twice.", _NUMERIC),
    M("variance_without_n", "batchnorm_backward", {"2 * centred * dvar / N": "2 * centred * dvar"},
      "The variance is a mean over N squares: its gradient to each of them has a 1/N.", _NUMERIC),
    M("variance_without_2", "batchnorm_backward", {"2 * centred * dvar / N": "centred * dvar / N"},
      "The derivative of a square is twice the number: the 2 is missing on the way through the variance.", _NUMERIC),
    M("root_without_half", "batchnorm_backward", {"dstd / (2 * std)": "dstd / std"},
      "The derivative of the root is 1 / (2 · root): the 2 is missing.", _NUMERIC),
    M("gamma_forgotten_backward", "batchnorm_backward", {"dx_hat = dout * gamma": "dx_hat = dout"},
      "The gradient must pass through the scaling: multiply dout by gamma.",
      "Double gamma: the output moves twice as far for the same change of x. Does your dx double?"),
    M("gamma_forgotten_in_the_variance", "batchnorm_backward", {"dstd = -(dx_hat * centred)": "dstd = -(dout * centred)"},
      "On the way through the variance, too, the gradient of x_hat counts, which is dout · gamma.",
      "With gamma = 1 all is right. And with gamma = 2?"),
    M("dgamma_without_x_hat", "batchnorm_backward", {"(dout * x_hat).sum(axis=0)": "dout.sum(axis=0) + 0 * gamma"},
      "gamma was multiplied by x_hat: its gradient is the sum of dout times x_hat.", _NUMERIC),
    M("dgamma_from_centred", "batchnorm_backward", {"(dout * x_hat).sum(axis=0)": "(dout * x_hat * std).sum(axis=0)"},
      "gamma was multiplied by the normalized x, not by the centred one.", _NUMERIC),
    M("dgamma_and_dbeta_averaged", "batchnorm_backward",
      {"dbeta = dout.sum(axis=0)": "dbeta = dout.mean(axis=0)",
      "(dout * x_hat).sum(axis=0)": "(dout * x_hat).mean(axis=0)"},
      "The gradients of gamma and beta are sums over the batch; the loss has already divided by N.",
      "beta was added to every row. Raise it by a little: how many rows move?"),
    M("dbeta_keeps_its_row", "batchnorm_backward",
      {"dbeta = dout.sum(axis=0)": "dbeta = dout.sum(axis=0, keepdims=True)"},
      "dbeta must have the shape of beta, (D,).", _SHAPE),
    M("dgamma_and_dbeta_swapped", "batchnorm_backward", {"return dx, dgamma, dbeta": "return dx, dbeta, dgamma"},
      "The gradients come back in the wrong order: return dx, dgamma, dbeta.", _NUMERIC),

    # batchnorm_backward_alt
    M("alt_without_the_mean", "batchnorm_backward_alt", {"(dx_hat - dx_hat.mean(axis=0) - x_hat": "(dx_hat - x_hat"},
      "The first mean, the way through the mean, is missing.", _SUMS),
    M("alt_without_the_variance", "batchnorm_backward_alt",
      {" - x_hat * (dx_hat * x_hat).mean(axis=0))": ")"},
      "The part along x_hat, the way through the variance, is missing.",
      "Compare with batchnorm_backward, which you have tested: which of its terms has no counterpart?"),
    M("alt_sums_instead_of_means", "batchnorm_backward_alt",
      {"dx_hat.mean(axis=0) - x_hat": "dx_hat.sum(axis=0) - x_hat",
      "(dx_hat * x_hat).mean(axis=0))": "(dx_hat * x_hat).sum(axis=0))"},
      "There are sums where means over the batch belong.", _SUMS),
    M("alt_divided_by_n", "batchnorm_backward_alt", {".mean(axis=0)) / std": ".mean(axis=0)) / std / len(dout)"},
      "dx is divided by N once too often: the means have done that already.",
      "Compare with batchnorm_backward, entry by entry: is the ratio always the same number?"),
    M("alt_without_gamma", "batchnorm_backward_alt", {"dx_hat = gamma * dout": "dx_hat = 1.0 * dout"},
      "gamma is left out.", "Double gamma: dx must double. Does it?"),
    M("alt_means_of_dout", "batchnorm_backward_alt",
      {"dx_hat.mean(axis=0) - x_hat": "dout.mean(axis=0) - x_hat", "(dx_hat * x_hat).mean(axis=0))": "(dout * x_hat).mean(axis=0))"},
      "The two means are those of dout; they belong to gamma · dout, the gradient of x_hat.",
      "Double gamma: dx must double. Does it?"),
    M("alt_with_the_variance", "batchnorm_backward_alt", {".mean(axis=0)) / std": ".mean(axis=0)) / std**2"},
      "The division is by std, once, not by the variance.",
      "Compare with batchnorm_backward, column by column: is the ratio one of the numbers in the cache?"),
    M("alt_with_the_other_sign", "batchnorm_backward_alt", {"- x_hat * (dx_hat": "+ x_hat * (dx_hat"},
      "The part along x_hat is subtracted, not added.", "Compare with batchnorm_backward, which you have tested."),

    # FullyConnectedNet.__init__
    replace(WEIGHTS_NOT_SCALED, cell="fully_connected_net_init"),
    M("weights_uniform", "fully_connected_net_init", {"np.random.randn(sizes[i - 1], sizes[i])":
                                                      "np.random.rand(sizes[i - 1], sizes[i])"},
      "The weights are uniform between 0 and 1; they should be normal, with both signs.",
      "Print the mean of W1: it should be close to 0."),
    M("weights_transposed", "fully_connected_net_init", {"np.random.randn(sizes[i - 1], sizes[i])":
                                                         "np.random.randn(sizes[i], sizes[i - 1])"},
      "W has the inputs along its first axis: (inputs, outputs).",
      "x has one example per row; which shape must W have in x @ W?"),
    M("last_layer_normalized", "fully_connected_net_init", {' and i < self.num_layers:': ":"},
      "The last layer has no batch normalization, so no gamma and beta.",
      "Scores may be any numbers: what follows the last affine layer?"),
    M("gamma_starts_at_zero", "fully_connected_net_init", {"np.ones(sizes[i])": "np.zeros(sizes[i])"},
      "gamma begins as 1: with 0 nothing passes.",
      "With gamma = 0 the layer's output is beta, whatever x is. What can be learned then?"),
    M("always_normalized", "fully_connected_net_init", {'if normalization == "batchnorm" and i': "if i"},
      "gamma and beta are there even without normalization.",
      "Make a net with normalization=None, and print its parameters."),

    # FullyConnectedNet.loss
    M("no_relu", "fully_connected_net_loss", {"out, relu_cache = relu_forward(out)": "relu_cache = 1.0 + 0 * out"},
      "The ReLU is left out, so the net is linear.",
      "For a linear net, the scores of 0 lie halfway between those of x and −x. Is that so in yours?"),
    M("batchnorm_after_relu", "fully_connected_net_loss",
      {'''        norm_cache = None
        if self.normalization == "batchnorm":
            out, norm_cache = batchnorm_forward(out, params[f"gamma{i}"], params[f"beta{i}"], self.bn_params[i - 1])
        out, relu_cache = relu_forward(out)
''': '''        out, relu_cache = relu_forward(out)
        norm_cache = None
        if self.normalization == "batchnorm":
            out, norm_cache = batchnorm_forward(out, params[f"gamma{i}"], params[f"beta{i}"], self.bn_params[i - 1])
''', '''        dout = relu_backward(dout, relu_cache)
        if self.normalization == "batchnorm":
            dout, grads[f"gamma{i}"], grads[f"beta{i}"] = batchnorm_backward_alt(dout, norm_cache)
''': '''        if self.normalization == "batchnorm":
            dout, grads[f"gamma{i}"], grads[f"beta{i}"] = batchnorm_backward_alt(dout, norm_cache)
        dout = relu_backward(dout, relu_cache)
'''},
      "Yours normalizes after the ReLU; batch normalization belongs before it, right after the affine layer.",
      "With beta = 0 and gamma = 1 about half of the units after the ReLU are 0. How many are in yours, before the "
      "next affine layer?"),
    M("one_memory_for_all_layers", "fully_connected_net_loss", {"self.bn_params[i - 1]": "self.bn_params[0]"},
      "All layers share the memory of the first: layer i's is self.bn_params[i - 1].",
      "Give the hidden layers different sizes: which shape does each layer's running mean have?"),
    M("relu_on_the_scores", "fully_connected_net_loss",
      {'scores, last_cache = affine_forward(out, params[f"W{L}"], params[f"b{L}"])':
       'scores, last_cache = affine_forward(out, params[f"W{L}"], params[f"b{L}"])\n    scores = np.maximum(0, scores)'},
      "The last layer has no activation: scores may be negative.", "Are there negative numbers among your scores?"),
    replace(PENALTY_WITHOUT_HALF, cell="fully_connected_net_loss"),
    replace(PENALTY_WITHOUT_HALF_THROUGHOUT, cell="fully_connected_net_loss"),
    M("penalty_of_the_first_layer_only", "fully_connected_net_loss",
      {"loss = loss + 0.5 * self.reg * np.sum(params[f\"W{i}\"]**2)":
       "loss = loss + 0.5 * self.reg * np.sum(params[\"W1\"]**2) / L"},
      "The weights of all layers are penalized, not those of the first one only.",
      "Double one weight in each layer, one at a time: what reg adds to the loss must grow each time."),
    M("penalty_of_the_last_layer_only", "fully_connected_net_loss", {"for i in range(1, L + 1):": "for i in [L]:"},
      "Only the last layer's weights are in the penalty; all W are.",
      "Double W1: what does the penalty do, and should it?"),
    M("penalty_missing", "fully_connected_net_loss", {"0.5 * self.reg *": "0.0 *"},
      "The penalty is missing in the loss.", "Double reg: by how much should the loss grow, and by how much does it?"),
    M("gamma_and_beta_penalized", "fully_connected_net_loss",
      {"np.sum(params[f\"W{i}\"]**2)": "sum(np.sum(params[f\"{name}{i}\"]**2) for name in (\"W\", \"gamma\", \"beta\") "
                                      "if f\"{name}{i}\" in params)"},
      "gamma and beta are in the penalty; only the weights are penalized.",
      "With batch normalization, set all W to 0: then reg must make no difference to the loss. Does it?"),
    M("gamma_and_beta_penalized_throughout", "fully_connected_net_loss",
      {"loss = loss + 0.5 * self.reg * np.sum(params[f\"W{i}\"]**2)\n        grads[f\"W{i}\"] = grads[f\"W{i}\"] + self.reg * "
       "params[f\"W{i}\"]":
       "for name in (f\"W{i}\", f\"gamma{i}\", f\"beta{i}\"):\n            if name in params:\n"
       "                loss = loss + 0.5 * self.reg * np.sum(params[name]**2)\n"
       "                grads[name] = grads[name] + self.reg * params[name]"},
      "gamma and beta are penalized; only the weights are.",
      "With batch normalization, set all W to 0: then reg must make no difference to the loss. Does it?"),
    M("biases_penalized", "fully_connected_net_loss",
      {"np.sum(params[f\"W{i}\"]**2)": "(np.sum(params[f\"W{i}\"]**2) + np.sum(params[f\"b{i}\"]**2))"},
      "The biases are in the penalty; only the weights are penalized.",
      "Set all W to 0: then reg must make no difference to the loss. Does it?"),
    replace(PENALTY_GRADIENT_MISSING, cell="fully_connected_net_loss"),
    M("penalty_gradient_doubled", "fully_connected_net_loss", {"+ self.reg * params": "+ 2 * self.reg * params"},
      "The derivative of ½ · reg · W² is reg · W, without a 2.", "Differentiate the penalty for a single weight w."),
    M("relu_backward_left_out", "fully_connected_net_loss", {"dout = relu_backward(dout, relu_cache)": "pass"},
      "The gradient must pass back through the ReLU.",
      "Count the steps forward and the steps back: are there as many of both?"),
    M("batchnorm_backward_left_out", "fully_connected_net_loss",
      {"dout, grads[f\"gamma{i}\"], grads[f\"beta{i}\"] = batchnorm_backward_alt":
      "_, grads[f\"gamma{i}\"], grads[f\"beta{i}\"] = batchnorm_backward_alt"},
      "gamma and beta get their gradients, but what goes on to the affine layer has not passed batch normalization.",
      "Which layer's gradients are right, and where do they begin to be wrong?"),

    # Spatial
    M("reshaped_without_transposing", "spatial_batchnorm_forward",
      {"x.transpose(0, 2, 3, 1).reshape(-1, C)": "x.reshape(-1, C)",
      "out.reshape(N, H, W, C).transpose(0, 3, 1, 2)": "out.reshape(x.shape)"},
      "reshape does not move axes: without the transposition a row mixes places of one channel instead of holding one place's channels.",
      "Add 1000 to channel 0 only. After the normalization no trace of it may be left. Is there any?"),
    M("not_transposed_back", "spatial_batchnorm_forward",
      {"out.reshape(N, H, W, C).transpose(0, 3, 1, 2)": "out.reshape(N, C, H, W)"},
      "On the way back the result is (N, H, W, C) first; then it must be transposed.",
      "Undo the two steps in the opposite order. With gamma = std and beta = mean, you should get x back."),
    M("each_place_normalized_by_itself", "spatial_batchnorm_forward",
      {"rows = x.transpose(0, 2, 3, 1).reshape(-1, C)": "rows = x.reshape(N, -1)",
       "batchnorm_forward(rows, gamma, beta, bn_param)":
       "batchnorm_forward(rows, np.repeat(gamma, H * W), np.repeat(beta, H * W), bn_param)",
       "out.reshape(N, H, W, C).transpose(0, 3, 1, 2)": "out.reshape(N, C, H, W)"},
      "Each place has a mean of its own; all places of a channel share one.",
      "The running mean should have C numbers. How many has yours?"),
    M("each_picture_normalized_by_itself", "spatial_batchnorm_forward",
      {"    rows = x.transpose(0, 2, 3, 1).reshape(-1, C)\n    out, cache = batchnorm_forward(rows, gamma, beta, bn_param)\n"
       "    out = out.reshape(N, H, W, C).transpose(0, 3, 1, 2)":
       "    parts = [batchnorm_forward(picture.transpose(1, 2, 0).reshape(-1, C), gamma, beta, bn_param) for picture in x]\n"
       "    out = np.stack([part.reshape(H, W, C).transpose(2, 0, 1) for part, _ in parts])\n    cache = parts[0][1]"},
      "Each picture is normalized by itself (that is instance normalization); the mean runs over the batch as well.",
      "Make one picture brighter than the others. Can it still be seen after the normalization? It should."),
    M("dout_reshaped_without_transposing", "spatial_batchnorm_backward",
      {"dout.transpose(0, 2, 3, 1).reshape(-1, C)": "dout.reshape(-1, C)",
      "dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)": "dx.reshape(dout.shape)"},
      "dout must make the same journey as x: transpose, then reshape.",
      "dbeta is the sum of dout over batch and places. Is yours?"),
    M("dx_not_transposed_back", "spatial_batchnorm_backward",
      {"dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)": "dx.reshape(N, C, H, W)"},
      "On the way back dx is (N, H, W, C) first; then it must be transposed.", _NUMERIC),
    M("channels_averaged", "spatial_batchnorm_backward",
      {"dx, dgamma, dbeta = batchnorm_backward_alt(rows, cache)":
       "dx, dgamma, dbeta = batchnorm_backward_alt(rows, cache)\n    dgamma, dbeta = dgamma / (H * W), dbeta / (H * W)"},
      "The gradients of gamma and beta are sums over all places: nothing is divided.",
      "The gamma of a channel multiplies every place in it. How many terms does its gradient have?"),

    # Inline questions
    M("output_grows_with_the_weights", "inline_question_1", {"{2, 3}": "{1, 3}"},
      "The normalization divides by the standard deviation, which has grown as well.",
      "Take the column [1, 2, 6] and ten times that. What does the layer make of the two?"),
    M("gradient_stays", "inline_question_1", {"{2, 3}": "{2, 4}"},
      "The loss stays the same, but W1 is ten times as large: differentiate f(10 · W) = f(W).",
      "Measure it: change one weight by h, once for W1 and once for 10 · W1. By how much does the loss change?"),
    M("only_the_output_stays", "inline_question_1", {"{2, 3}": "{2}"},
      "One more statement is true: look at what happens to the gradient.",
      "Measure it: change one weight by h, once for W1 and once for 10 · W1. By how much does the loss change?"),
    M("running_averages_always_used", "inline_question_2", {"{2}": "{1}"},
      "In training mode the running averages are updated, not used.",
      "Follow one row through your batchnorm_forward in training mode."),
    M("one_example_is_a_noisy_batch", "inline_question_2", {"{2}": "{3}"},
      "With a batch of one, x − mean is exactly 0, for any picture.",
      "Follow one row through your batchnorm_forward in training mode."),
]

# Other names for the same mistakes: in some checks only the part with the second name shows.
ALSO_CALLED = {"unbiased_variance": ("unbiased_running_variance",),
               "running_deviation_throughout": ("running_average_of_the_deviation",),
               "gamma_and_beta_penalized_throughout": ("gamma_and_beta_penalized",),
               "penalty_without_half_throughout": ("penalty_without_half", "penalty_gradient_doubled")}
