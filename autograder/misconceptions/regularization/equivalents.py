"""Small changes to the solutions that make no difference to anybody, so that no check need catch them.

By notebook and by the mutant's name, as `autograder check --mutations` prints it, each with the reason.
"""

_NEVER_READ = "entries of the table for classes that were not chosen are never read"
_WRITTEN_OVER = "the layers that input_dim decides are written over with those of the base net"

_TABLE = "split_classes: table = np.zeros(max(classes) + 1, dtype=int) → table = "
_HEAD = ("with_new_head: net = FullyConnectedNet(hidden_dims, input_dim=base.params['W1'].shape[0], "
         "num_classes=num_classes, reg=base.reg, weight_scale=weight_scale, dtype=base.dtype) → net = FullyConnectedNet("
         "hidden_dims, {}num_classes=num_classes, reg=base.reg, weight_scale=weight_scale, dtype=base.dtype)")

EQUIVALENT = {
    "transfer_learning": {
        **{_TABLE + other: _NEVER_READ for other in (
            "2 * np.zeros(max(classes) + 1, dtype=int)", "-np.zeros(max(classes) + 1, dtype=int)",
            "np.ones(max(classes) + 1, dtype=int)", "np.zeros(max(classes) + 2, dtype=int)")},
        **{_HEAD.format(other): _WRITTEN_OVER for other in (
            "", "input_dim=base.params['W1'].shape[-1], ", "input_dim=base.params['W1'].shape[1], ")},
        "with_new_head: for name in (f'W{i}', f'b{i}'): → for name in (f'b{i}', f'W{i}'):":
            "it does not matter which of the two is copied first",
    },
}
