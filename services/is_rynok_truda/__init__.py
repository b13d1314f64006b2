"""ИС «Рынок труда»: the back office of employment services in Atyrau."""
