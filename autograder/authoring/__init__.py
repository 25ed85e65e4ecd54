"""What an instructor writes: notebooks, rubrics, known mistakes, right answers; and the release made of it."""
