"""What a passport must be, beyond the schema of its parts, before anything starts with it."""
