"""What the cases of a run have executed of which source: profiles in, reports out. Knows no engine and no run."""
