"""``python -m flask``."""

from insula.flask.cli import cli

if __name__ == "__main__":
    cli.main()
