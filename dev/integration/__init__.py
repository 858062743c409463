"""Tests with several real processes: they commit, so they have a database of their own."""
