"""What a citizen's phone calls at the portal."""
