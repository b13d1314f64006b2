"""The data folder of a country: who works with it, and where what runs there can be found."""
