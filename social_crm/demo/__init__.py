"""Demo data: what customers said about Velorin, a maker of e-bikes that does not exist.

Nothing here is imported while the add-on runs, only when its demo data is installed.
"""
