"""From findings to words: the only place of rounding, units, plurals and escaping."""
