"""The mock super-apps and bank channels ("hosts"). One process plays several, each in the login protocol of its kind
and with its own pages.
"""
