"""The projects whose tests are run: each module here has some, as ``SUITES``."""
