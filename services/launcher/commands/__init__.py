"""What every command has: a place from which it is loaded, a language, and one way to report an error."""
