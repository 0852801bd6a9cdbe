"""Write figures as HTML, plots and Markdown.

Rules: this room measures nothing that `evaluation` could; Jinja2 writes all HTML.
"""
