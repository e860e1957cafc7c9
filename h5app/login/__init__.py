"""Log in through a partner: attempts that we start, identities that a partner hands over, and single use of both."""
