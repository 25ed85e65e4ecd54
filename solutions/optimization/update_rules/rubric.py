"""update_rules.ipynb: momentum, Nesterov, AdaGrad, RMSProp, Adam; learning rates that fall; Newton's step.

Every rule is asked for one step from a given memory, and for several in a row, with the config that it gave back. Gradients
are of both signs and none is small, so that it makes no difference where an epsilon of 1e-8 is added. A rule may change w and
the config that it is given, as `cs231n_utils.training.sgd` does, but not the gradient.
"""

import numpy as np

from autograder.authoring.rubric import Rubric

from ..shared import first_weights, loss_and_gradients

rubric = Rubric()

# An epsilon under the root instead of after it is just as good; it changes a step by less than this.
FIVE_DIGITS = 1e-5


def _one_step(draw, rule, **config):
    """The probe of one step on a matrix, from a memory that config gives."""
    w, dw = draw.normal(4, 3), draw.signed(4, 3, low=0.5, high=3.0)

    def probe(code):
        next_w, after = getattr(code, rule)(w, dw, config)
        return {"next_w": next_w, **{f'config["{name}"]': after[name] for name, value in config.items()
                                     if name == "t" or isinstance(value, np.ndarray)}}
    return probe


def _several_steps(draw, rule, memory, **config):
    """The probe of four steps from nothing, on a vector and a matrix in turn, each with its own config."""
    starts = {"vector": draw.normal(5), "matrix": draw.normal(2, 3)}
    gradients = [{name: draw.signed(*w.shape, low=0.5, high=3.0) for name, w in starts.items()} for _ in range(4)]

    def probe(code):
        values, states = {}, {name: (w, config) for name, w in starts.items()}
        for step, several in enumerate(gradients, 1):
            for name, dw in several.items():
                theirs = code.np.array(dw)
                states[name] = w, state = tuple(getattr(code, rule)(states[name][0], theirs, states[name][1]))
                values[f"w after step {step} ({name})"] = np.asarray(w)
                values[f"dw after step {step} ({name}), which is to stay as it was,"] = theirs
                for one in memory:
                    values[f'config["{one}"] after step {step} ({name})'] = state[one] if one == "t" else np.asarray(state[one])
        return values
    return probe


def _defaults(draw, rule):
    """The probe of two steps without a config."""
    w, dw = draw.normal(4), draw.signed(4, low=0.5, high=3.0)

    def probe(code):
        one, config = getattr(code, rule)(w, dw)
        one = np.asarray(one)
        return {"next_w without a config": one, "next_w of a second step": getattr(code, rule)(one, -dw, config)[0]}
    return probe


def _with_defaults(draw, rule, memory, **config):
    several, defaults = _several_steps(draw, rule, memory, **config), _defaults(draw, rule)
    return lambda code: {**several(code), **defaults(code)}


@rubric.check(cell="sgd_momentum", points=1, may_change=True)
def momentum_moves_by_the_new_velocity(draw):
    """sgd_momentum computes the new velocity from the old one and the gradient, and moves by it"""
    return _one_step(draw, "sgd_momentum", learning_rate=0.11 * draw.integers(1, 5), momentum=0.7, velocity=draw.signed(4, 3))


@rubric.check(cell="sgd_momentum", points=1, may_change=True)
def momentum_remembers(draw):
    """sgd_momentum remembers the velocity from step to step, separately for each array"""
    return _with_defaults(draw, "sgd_momentum", ["velocity"], learning_rate=0.11 * draw.integers(1, 5), momentum=0.8)


@rubric.check(cell="nesterov", points=1, may_change=True)
def nesterov_looks_ahead(draw):
    """nesterov moves from one look-ahead point to the next"""
    return _one_step(draw, "nesterov", learning_rate=0.11 * draw.integers(1, 5), momentum=0.7, velocity=draw.signed(4, 3))


@rubric.check(cell="nesterov", points=1, may_change=True)
def nesterov_remembers(draw):
    """nesterov remembers the velocity from step to step, separately for each array"""
    return _with_defaults(draw, "nesterov", ["velocity"], learning_rate=0.11 * draw.integers(1, 5), momentum=0.8)


def _guard(draw, rule, state):
    """A probe and a judge: does something keep a weight without gradients from 0 / 0, and is it no larger than said?"""
    tiny = 1e-10 * draw.integers(5, 20)
    w, dw = np.zeros(4), np.array([0.0, tiny, -tiny, 2.0])

    def probe(code):
        return getattr(code, rule)(w, dw, {"learning_rate": 0.1, **state})[0]

    def judge(next_w):
        if np.shape(next_w) != (4,):
            return f"next_w has shape {np.shape(next_w)}; it should be (4,)"
        next_w = np.asarray(next_w, dtype=float)
        if not np.isfinite(next_w).all():
            return "a weight that never had a gradient becomes NaN, from 0 / 0: add epsilon to the root"
        # The tiny gradients are a fifth of epsilon at most; without it, their steps would be as long as that of the last
        # weight. Under the root, the epsilon makes them shorter still, which is as good.
        if next_w[3] == 0:
            return "the weight that has a gradient does not move either"
        if abs(next_w[1]) < 1e-8 * abs(next_w[3]):  # of those that divide, the epsilon under the root leaves 1e-6 and more
            return "the steps are proportional to the gradients: nothing divides them"
        if next_w[0] != 0 or abs(next_w[1]) > 0.6 * abs(next_w[3]) or next_w[1] > 0 or next_w[2] < 0:
            return "epsilon is not added to the root, so a gradient of 1e-9 makes a full step, or one uphill"
        return None
    return probe, judge


@rubric.check(cell="adagrad", points=1, may_change=True, tolerance=FIVE_DIGITS)
def adagrad_divides_by_the_root_of_the_sum(draw):
    """adagrad adds the squared gradient to the cache, and divides by its root"""
    return _one_step(draw, "adagrad", learning_rate=0.11 * draw.integers(1, 5), cache=np.abs(draw.signed(4, 3, low=1.0, high=9.0)))


@rubric.check(cell="adagrad", points=0.5, may_change=True, tolerance=FIVE_DIGITS)
def adagrad_remembers(draw):
    """adagrad remembers the cache from step to step, separately for each array"""
    return _with_defaults(draw, "adagrad", ["cache"], learning_rate=0.11 * draw.integers(1, 5))


@rubric.check(cell="adagrad", points=0.5, may_change=True)
def adagrad_stands_a_gradient_of_zero(draw):
    """adagrad leaves a weight without a gradient where it is"""
    return _guard(draw, "adagrad", {})


@rubric.check(cell="inline_question_1", points=1)
def chooses_what_becomes_of_adagrad(draw):
    """inline question 1: the right choice of what becomes of AdaGrad's steps"""
    return lambda code: {"your choice": code.inline_question_1}


@rubric.check(cell="rmsprop", points=1, may_change=True, tolerance=FIVE_DIGITS)
def rmsprop_divides_by_the_root_of_the_mean(draw):
    """rmsprop takes a running mean of the squared gradients, and divides by its root"""
    return _one_step(draw, "rmsprop", learning_rate=0.11 * draw.integers(1, 5), decay_rate=0.8,
                     cache=np.abs(draw.signed(4, 3, low=1.0, high=9.0)))


@rubric.check(cell="rmsprop", points=0.5, may_change=True, tolerance=FIVE_DIGITS)
def rmsprop_remembers(draw):
    """rmsprop remembers the cache from step to step, separately for each array"""
    return _with_defaults(draw, "rmsprop", ["cache"], learning_rate=0.11 * draw.integers(1, 5), decay_rate=0.7)


@rubric.check(cell="rmsprop", points=0.5, may_change=True)
def rmsprop_stands_a_gradient_of_zero(draw):
    """rmsprop leaves a weight without a gradient where it is"""
    return _guard(draw, "rmsprop", {"decay_rate": 0.5})


@rubric.check(cell="adam", points=1, may_change=True, tolerance=FIVE_DIGITS)
def adam_takes_a_corrected_step(draw):
    """adam raises t, updates m and v, and moves by their corrected values"""
    return _one_step(draw, "adam", learning_rate=0.11 * draw.integers(1, 5), beta1=0.8, beta2=0.9, t=draw.integers(2, 6),
                     m=draw.signed(4, 3), v=np.abs(draw.signed(4, 3, low=0.01, high=0.09)))


@rubric.check(cell="adam", points=1.5, may_change=True, tolerance=FIVE_DIGITS)
def adam_remembers(draw):
    """adam remembers m, v and t from step to step, uncorrected, separately for each array"""
    return _with_defaults(draw, "adam", ["m", "v", "t"], learning_rate=0.11 * draw.integers(1, 5), beta1=0.7, beta2=0.8)


@rubric.check(cell="adam", points=0.5, may_change=True)
def adam_stands_a_gradient_of_zero(draw):
    """adam leaves a weight without a gradient where it is"""
    return _guard(draw, "adam", {"t": 3})


@rubric.check(cell="inline_question_2", points=1)
def chooses_how_long_the_uncorrected_step_is(draw):
    """inline question 2: the right choice of how long Adam's first step is without correction"""
    return lambda code: {"your choice": code.inline_question_2}


# Schedules

@rubric.check(cell="step_decay", points=0.5)
def step_decay_drops_after_every_so_many_epochs(draw):
    """step_decay multiplies by drop after every so many epochs"""
    rate, drop, every = 0.01 * draw.integers(1, 99), 0.1 * draw.integers(6, 9), draw.integers(3, 8)
    before, after = 2 * every - 1, 2 * every
    return lambda code: {"the learning rate in the last epoch before a drop": code.step_decay(rate, before, drop, every),
                         "the learning rate in the first epoch after it": code.step_decay(rate, after, drop, every),
                         "the learning rate at first": code.step_decay(rate, 0, drop, every)}


@rubric.check(cell="step_decay", points=0.5)
def step_decay_takes_arrays(draw):
    """step_decay takes an array of epochs, and its default values"""
    rate, epochs = 0.01 * draw.integers(1, 99), np.arange(35)
    return lambda code: {"the learning rates of 35 epochs": code.step_decay(rate, epochs)}


@rubric.check(cell="smooth_decay", points=1)
def exponential_decay_falls_by_the_same_share(draw):
    """exponential_decay gives learning_rate · e^(−k · t), for numbers and arrays"""
    rate, k, t = 0.1 * draw.integers(11, 20), 0.01 * draw.integers(5, 60), np.abs(draw.signed(6, low=0.5, high=9.0))
    return lambda code: {"the learning rate": code.exponential_decay(rate, float(t[0]), k),
                         "the learning rate at first": code.exponential_decay(rate, 0, k),
                         "the learning rates of several times": code.exponential_decay(rate, t, k)}


@rubric.check(cell="smooth_decay", points=1)
def inverse_decay_falls_as_one_over_t(draw):
    """inverse_decay gives learning_rate / (1 + k · t), for numbers and arrays"""
    rate, k, t = 0.1 * draw.integers(11, 20), 0.01 * draw.integers(5, 60), np.abs(draw.signed(6, low=0.5, high=9.0))
    return lambda code: {"the learning rate": code.inverse_decay(rate, float(t[0]), k),
                         "the learning rate at first": code.inverse_decay(rate, 0, k),
                         "the learning rates of several times": code.inverse_decay(rate, t, k)}


# The network that a student brings

@rubric.check(cell="two_layer_net", points=0.5, tolerance=1e-3)  # in single precision, large scores have few digits
def the_network_works(draw):
    """your TwoLayerNet gives scores, the loss with ½ · reg · ΣW², and its gradients"""
    return loss_and_gradients(draw)


@rubric.check(cell="two_layer_net", points=0.5)
def the_network_starts_small(draw):
    """your TwoLayerNet starts with random weights of size weight_scale"""
    return first_weights(draw)


@rubric.check(cell="inline_question_3", points=1)
def chooses_what_helps_in_a_valley(draw):
    """inline question 3: the right choice of what helps along a valley"""
    return lambda code: {"your choice": code.inline_question_3}


# The second derivative

def _symmetric(draw, n):
    """A symmetric matrix with eigenvalues of both signs, none near zero."""
    basis, _ = np.linalg.qr(draw.normal(n, n))
    sizes = draw.signed(n, low=0.5, high=3.0)
    sizes[:2] = np.abs(sizes[:2]) * [1, -1]
    return basis @ np.diag(sizes) @ basis.T


@rubric.check(cell="newton_step", points=1)
def newton_goes_to_the_flat_place(draw):
    """newton_step subtracts H⁻¹ · dw, in one variable and in several, even uphill where the surface curves down"""
    H, w, dw = _symmetric(draw, 4), draw.normal(4), draw.signed(4)
    return lambda code: {"next_w": code.newton_step(w, dw, H), "next_w in two variables": code.newton_step(
        w[:2], dw[:2], H[:2, :2] + 5 * np.eye(2)), "next_w in one variable": code.newton_step(w[:1], dw[:1], np.array([[4.0]]))}


@rubric.check(cell="hessian_bytes", points=1)
def hessian_has_a_number_for_each_pair(draw):
    """hessian_bytes is the square of the number of weights, times the bytes of a number"""
    n = draw.integers(1000, 5000)
    return lambda code: {"bytes": float(code.hessian_bytes(n)), "bytes in float32": float(code.hessian_bytes(n, 4))}
