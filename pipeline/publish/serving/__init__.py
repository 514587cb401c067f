"""What answers readers: the site at `/`, Datasette over every kept edition at `/data/`."""
