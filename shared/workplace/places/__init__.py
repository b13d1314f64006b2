"""The queue of applicants for places: its entries, the free places, and the offers in the order of the queue."""
