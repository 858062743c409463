"""Demo data: what customers said about Velorin, a maker of e-bikes that does not exist.

Imported only when the demo data is installed or somebody loads the examples, which are
the same stories.
"""
