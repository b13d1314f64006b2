"""The pages of ШЭП for people."""
