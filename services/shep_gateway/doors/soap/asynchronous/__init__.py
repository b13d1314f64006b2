"""AsyncChannel v10: ШЭП's own side, and the words of the calls to a participant's side."""
