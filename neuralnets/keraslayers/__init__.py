"""One layer per file, and the mathematics of the CRF and the recurrence."""
