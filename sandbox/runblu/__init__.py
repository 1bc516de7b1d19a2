"""RunBlu's side of a scenario: event documents out (inbox or files), master data and exceptions in."""
