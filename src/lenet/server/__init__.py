"""The local web server and the page that it serves."""
