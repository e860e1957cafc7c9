"""Authorisations that a customer gives at a source's own page, such as the tax bureau's."""
