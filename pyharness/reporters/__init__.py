"""Consumers of events: what is shown on the console, and the files that are written."""
