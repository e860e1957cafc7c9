"""What a customer's home page needs, in one answer."""
