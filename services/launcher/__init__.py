"""What starts a country: settings from the environment, ports, the clock, servers."""
