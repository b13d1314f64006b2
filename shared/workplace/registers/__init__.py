"""What a workplace asks and orders: registers, payments, rules of the back offices."""
