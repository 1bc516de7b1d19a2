"""A stand-in for one Sage 300 CRE company folder, with its own store; shares no code with the integration it tests."""
