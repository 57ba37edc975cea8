.git
.venv
instance
tests
**/__pycache__
