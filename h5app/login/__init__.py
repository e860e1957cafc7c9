"""Log in through a partner: attempts, what a host pushes to us, single use of both."""
