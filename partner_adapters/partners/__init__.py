"""The configuration file of partners."""
