"""The launcher starts the systems: settings from the environment, ports, the clock, servers."""
