"""The console of ШЭП's operator: map, journal, cases, what is stuck, deadlines, figures, register, sandbox."""
