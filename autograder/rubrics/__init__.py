"""What is asked of each notebook: one module per notebook, with one `Rubric` in it."""
