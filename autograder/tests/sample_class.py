"""The sample class of the repository's own course, for tests."""

from pathlib import Path

from autograder.authoring.content import load

SOLUTIONS = Path(__file__).parents[2] / "solutions" / "two_layer_net"

samples = load(SOLUTIONS, "samples")
assert samples is not None
ASSIGNMENT: str = samples.ASSIGNMENT
NETS, SAMPLES, make_class, train_net = samples.NETS, samples.SAMPLES, samples.make_class, samples.train_net
