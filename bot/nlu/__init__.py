"""Language understanding: Rasa graph components of our own and what they are made of."""
