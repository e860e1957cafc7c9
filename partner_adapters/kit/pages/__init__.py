"""What all front ends share: templates, forms, static files, texts, and the protections of a page."""
