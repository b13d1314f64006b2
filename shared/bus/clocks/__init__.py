"""The bus's time: clocks, segments of time, the client of the clock's keeper."""
