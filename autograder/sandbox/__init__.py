"""A hand-in's own process: how it is started, kept apart, asked and ended."""
