"""The start page of the country: what it is, who is who, how the systems are, and with whom to begin."""
