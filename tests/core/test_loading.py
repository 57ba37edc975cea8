"""Names that are loaded late are found by whichever thread asks first."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest

from insula._core.loading import late_attribute

# Each in a process of its own: only the first use loads anything.
PROGRAM = """
import sys, threading
import {package} as package

def use(name):
    gate.wait()
    try:
        getattr(package, name)
    except BaseException as error:
        failed.append(f"{{name}}: {{error!r}}")

names = "{app} jsonify redirect request Response url_for send_file Blueprint".split()
names *= 3
gate, failed = threading.Barrier(len(names)), []
sys.setswitchinterval(1e-5)
threads = [threading.Thread(target=use, args=(name,)) for name in names]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(threads), failed)
"""


@pytest.mark.parametrize("package", ["insula", "insula.flask"])
def test_names_are_found_by_many_threads_that_ask_at_once(package: str) -> None:
    app = "Flask" if package == "insula.flask" else "Insula"
    program = PROGRAM.format(package=package, app=app)
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    assert [run.communicate(timeout=60)[0] for run in runs] == ["24 []\n"] * 3


def a_class() -> Any:
    class Shop:
        decimal_class: Any = late_attribute("decimal", "Decimal")

    return Shop


def test_late_attribute_is_a_plain_one_of_the_class_once_it_was_read() -> None:
    shop = a_class()
    assert vars(shop)["decimal_class"] is not Decimal
    assert shop.decimal_class is Decimal
    assert vars(shop)["decimal_class"] is Decimal


def test_late_attribute_is_read_through_instances_and_subclasses() -> None:
    shop = a_class()
    branch: Any = type("Branch", (shop,), {})
    assert branch().decimal_class is Decimal
    assert vars(shop)["decimal_class"] is Decimal
    assert "decimal_class" not in vars(branch)


def test_late_attribute_is_overridden_without_being_imported() -> None:
    shop = a_class()
    branch: Any = type("Branch", (shop,), {"decimal_class": int})
    own = shop()
    own.decimal_class = float
    assert (branch.decimal_class, branch().decimal_class) == (int, int)
    assert own.decimal_class is float
    assert vars(shop)["decimal_class"] is not Decimal
    shop.decimal_class = str
    assert shop().decimal_class is str


def test_late_attribute_that_was_replaced_meanwhile_stays_replaced() -> None:
    shop = a_class()
    late = vars(shop)["decimal_class"]
    shop.decimal_class = str
    assert late.__get__(None, shop) is Decimal
    assert shop.decimal_class is str
