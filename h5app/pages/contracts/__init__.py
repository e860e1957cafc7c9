"""Reading and signing a contract."""
