"""What money goes back, and how: what is due, deciding on it once, paying it part by part, and what waits."""
