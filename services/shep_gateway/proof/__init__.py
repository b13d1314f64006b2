"""What ШЭП proves of a case afterwards: its timeline, its evidence bundle, and the time-stamps over the journal's
head.
"""
