"""The hall of a service centre: the terminal that gives tickets, the ticket, the screen above the windows."""
