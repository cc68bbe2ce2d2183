"""What must not leave: secrets known to the letter, in every form they come back in, and what looks like a secret."""
