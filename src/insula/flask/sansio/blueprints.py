"""Blueprints, one with those of `flask.blueprints`."""

from __future__ import annotations

from collections.abc import Callable

from insula.app import Blueprint, BlueprintSetupState
from insula.app.registrar import (
    Registrar as Scaffold,
)
from insula.app.registrar import (
    endpoint_from_view_func as _endpoint_from_view_func,
)
from insula.app.registrar import (
    setupmethod,
)
from insula.flask._typevars import (
    T_after_request,
    T_before_request,
    T_error_handler,
    T_teardown,
    T_template_context_processor,
    T_template_filter,
    T_template_global,
    T_template_test,
    T_url_defaults,
    T_url_value_preprocessor,
)

__all__ = [
    "Blueprint",
    "BlueprintSetupState",
    "DeferredSetupFunction",
    "Scaffold",
    "T_after_request",
    "T_before_request",
    "T_error_handler",
    "T_teardown",
    "T_template_context_processor",
    "T_template_filter",
    "T_template_global",
    "T_template_test",
    "T_url_defaults",
    "T_url_value_preprocessor",
    "_endpoint_from_view_func",
    "setupmethod",
]

DeferredSetupFunction = Callable[[BlueprintSetupState], None]
