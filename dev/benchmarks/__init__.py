"""The parts of ``make bench``: one file a group of figures, each run by itself."""
