"""Old ``werkzeug.contrib.testtools``: a response's content, parsed.

HTML and XML by lxml, as before; it is the user's to install.
"""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any
from xml.etree import ElementTree as ET

from werkzeug.utils import cached_property
from werkzeug.wrappers import Response

__all__ = ["ContentAccessors", "TestResponse"]


class ContentAccessors:
    """What a response's class gets for its content."""

    data: Any
    mimetype: str | None

    def _refuse(self, wanted: str) -> None:
        raise AttributeError(f"A response of type {self.mimetype!r} is no {wanted}.")

    @cached_property
    def xml(self) -> Any:
        """Return the content as XML."""
        if "html" not in (self.mimetype or "") and "xml" not in (self.mimetype or ""):
            self._refuse("XML")
        return ET.XML(self.data)

    @cached_property
    def lxml(self) -> Any:
        """Return the content as lxml reads it."""
        lxml = import_module("lxml.html")

        if "html" in (self.mimetype or ""):
            return lxml.fromstring(self.data)
        if "xml" not in (self.mimetype or ""):
            self._refuse("XML or HTML")
        return import_module("lxml.etree").XML(self.data)

    @cached_property
    def json(self) -> Any:
        """Return the content as JSON."""
        if "json" not in (self.mimetype or ""):
            self._refuse("JSON")
        return json.loads(self.data)


class TestResponse(ContentAccessors, Response):
    """A response that has them."""

    __test__ = False
