"""Questions to the user."""

from __future__ import annotations

import getpass

from insula.manage.script.prompts import (
    prompt,
    prompt_bool,
    prompt_choices,
    prompt_pass,
)

__all__ = ["getpass", "prompt", "prompt_bool", "prompt_choices", "prompt_pass"]
