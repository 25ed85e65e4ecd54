"""What happens around grading: collecting, the gradebook, feedback pages, reports, exports."""
