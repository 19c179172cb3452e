"""The merchant's figures at /insights."""
