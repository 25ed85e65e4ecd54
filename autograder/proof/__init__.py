"""What a course proves about itself: `autograder check`."""
