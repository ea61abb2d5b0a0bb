"""Parts of the page of data: sources, the snapshot itself, findings, and what readers bring."""
