"""What the console shows of the records: titles, the picture of the country, a message; no endpoint."""
