"""What makes the calls of a load, by door: questions and files, whole applications, a queue, a relay."""
