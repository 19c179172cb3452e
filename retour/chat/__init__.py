"""A conversation in the terminal, over the same web chat API that the widget uses."""
