"""From a hand-in to a verdict: the reference, comparing, wording, keeping."""
