"""How people log in: passwords, attempts, sessions, the same in every system where they do."""
