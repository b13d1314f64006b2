"""The cases of an act: an asking system, citizens, and a provider."""
