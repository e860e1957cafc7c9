"""The server sides of the hosts that are not OpenID providers, one file for each login protocol ("dialect")."""
