"""Measurements beside published ones, and the pictures and tables in the documents."""
