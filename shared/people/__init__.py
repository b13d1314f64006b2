"""Logins of people: passwords, attempts and sessions, shared by all systems in which people log in."""
