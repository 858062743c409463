"""Scripts behind ``make``: get Odoo, a database, demo, tests and benchmarks."""
