"""The applications: each module here has one, as ``APPLICATION``."""
