"""Hosted Sage: the company folder behind a REST API in the shape of hh2, for `python -m sandbox serve`."""
