"""A message before it is sent: what ШЭП would say of it, without a trace."""
