"""Output documents as sealed PDF."""
