"""The command line `meridian`."""
