"""A sample class, released, handed in, graded and answered in one command."""
