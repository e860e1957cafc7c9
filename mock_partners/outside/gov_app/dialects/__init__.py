"""The server sides of hosts that are no OpenID providers, one file a dialect."""
