"""Lists over HTTP: one way of paging, which every list of every system has, or a bound by nature."""
