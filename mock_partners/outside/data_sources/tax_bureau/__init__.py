"""The tax bureau's own pages, where a citizen authorises a bank to query the tax record."""
