"""Figures, not tests: what things cost here, beside a floor measured in the same run. `make bench` runs all."""
