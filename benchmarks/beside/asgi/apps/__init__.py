"""The same application for each framework, as its own documentation writes one."""
