"""Side-by-side measurements: the product's own paths beside their physical limit, in one run, as ratios.

A ratio of medians of interleaved rounds is steady where seconds are not. Tests run the cases on few rows, which proves
that each still does the product's work and compares equal things.
"""
