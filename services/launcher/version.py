"""The version of the program, which the package's metadata take from here."""

VERSION = "0.1.0"
