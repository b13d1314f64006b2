"""Registers at a workplace: queries, payment orders, rules of the back offices."""
