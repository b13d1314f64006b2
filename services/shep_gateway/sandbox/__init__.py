"""The sandbox's rules as ШЭП keeps them for the country: set, checked, told to every process, journaled."""
