"""The receiving page, for a phone or a scanner that types: what is scanned, counted, graded and kept."""
