"""Who works at a workplace: employees, roles, signing keys."""
