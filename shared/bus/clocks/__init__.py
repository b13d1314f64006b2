"""The bus's time: clocks, clock segments, and the client of the clock's keeper."""
