"""What was changed, of which kind and on which service; and which change may have mitigated."""
