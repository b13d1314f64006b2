"""ШЭП's REST door: the same messages as resources."""
