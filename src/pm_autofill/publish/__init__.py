"""Where a draft goes."""
