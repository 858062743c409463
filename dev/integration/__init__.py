"""Tests with several real processes: each test has its own database."""
