"""How a citizen comes in: registration, login, signing, and the invented citizens of the sandbox."""
