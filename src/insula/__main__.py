"""``python -m insula`` is the command ``insula``."""

from insula.cli import main

if __name__ == "__main__":
    main(prog_name="python -m insula")
