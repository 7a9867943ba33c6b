"""Whole conversations as a phone shows them, in each language: read by a person, and kept as he has read them."""
