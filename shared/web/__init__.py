"""Pages for people: what each of them is made of, whoever's page it is."""
