"""Evidence as a stranger may have written it, and what a process did that read it."""
