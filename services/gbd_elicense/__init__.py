"""ИС ГБД «Е-лицензирование»: the state base of licences and permits (KZ-ATY 2)."""
