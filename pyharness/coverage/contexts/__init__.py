"""Which case covers which lines: read from profiles by case, kept in a file, asked for changes."""
