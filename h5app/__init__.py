"""The pages citizens use inside a government super-app, served without needing JavaScript.

README.md says how a page is written.
"""
