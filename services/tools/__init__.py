"""Commands for people: no system of the bus, each speaks HTTP as everybody outside does."""
