"""Reviewing what was not understood: its cleaning, its labelling in a terminal, its way into the training data."""
