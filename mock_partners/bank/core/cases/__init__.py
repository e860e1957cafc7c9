"""Cases: what customers asked a person of the bank, each with a number and a day by which the bank answers."""
