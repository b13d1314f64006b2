"""The requests of a system: the texts, numbers and manners that every endpoint shares."""
