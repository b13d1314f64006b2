"""The people of a workplace: employees, roles, signing keys."""
