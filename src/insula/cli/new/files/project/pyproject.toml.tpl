[build-system]
requires = ["hatchling>=1.21"]
build-backend = "hatchling.build"

[project]
name = "@name@"
version = "0.1.0"
description = "An application on Insula."
requires-python = ">=3.10"
dependencies = ["insula>=@version@", "werkzeug>=3.1"]

[project.optional-dependencies]
dev = ["pytest>=8.0", "ruff>=0.8"]

[tool.hatch.build.targets.wheel]
packages = ["@package@"]

[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["."]
addopts = "-ra --strict-markers"

[tool.ruff]
line-length = 88
extend-exclude = ["instance"]

[tool.ruff.lint]
select = ["A", "B", "C4", "E", "F", "I", "N", "PT", "RUF", "S", "SIM", "UP", "W"]

[tool.ruff.lint.per-file-ignores]
"tests/**" = ["S101", "S105", "S106"] # asserts, and keys for tests
