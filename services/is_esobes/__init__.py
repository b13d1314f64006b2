"""ИС «Е-собес»: the back office of social services in Atyrau (KZ-ATY 9, 11 and others name it)."""
