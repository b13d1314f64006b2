"""Logins of people: passwords, attempts and sessions, shared by all systems in which people log in.

``settings`` are those of the synthetic population, for every system that makes the population for itself.
"""
