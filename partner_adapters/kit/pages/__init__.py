"""What every front end shares: templates, forms, static files, texts, and the protections of a page."""
