"""What the shop learns from its returns: the facts, and the figures counted from them."""
