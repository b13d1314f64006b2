"""What a developer of a system at ШЭП has at hand: a message checked, messages forwarded to one's own server."""
