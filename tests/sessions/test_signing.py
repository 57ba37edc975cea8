"""The kept signer against the serializer that it stands for."""

from __future__ import annotations

import hashlib
import json
import time
import zlib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from itsdangerous import TimestampSigner, URLSafeTimedSerializer, base64_encode

from insula.json.tag import TaggedJSONSerializer
from insula.sessions.signing import CookieSigner

DAY = 86_400
documents = st.dictionaries(
    st.text(max_size=8),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
        lambda inner: st.lists(inner, max_size=4) | st.tuples(inner),
        max_leaves=6,
    ),
    max_size=5,
)


def serializer(
    keys: Any = "key",
    *,
    salt: str = "cookie-session",
    derivation: str = "hmac",
    digest: Any = hashlib.sha1,
    format_: Any = None,
) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        keys,
        salt=salt,
        serializer=TaggedJSONSerializer() if format_ is None else format_,
        signer_kwargs={"key_derivation": derivation, "digest_method": digest},
    )


def outcome(signer: Any, text: str, max_age: int = DAY) -> Any:
    """Return what was loaded, or the error with all that it says."""
    try:
        return signer.loads(text, max_age=max_age)
    except Exception as exc:
        return type(exc), str(exc), vars(exc).keys(), vars(exc).get("payload")


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.5)


@given(
    documents,
    st.sampled_from(["hmac", "concat", "django-concat", "none"]),
    st.sampled_from([hashlib.sha1, hashlib.sha256, hashlib.sha512, hashlib.md5]),
    st.lists(st.text(min_size=1) | st.binary(min_size=1), min_size=1, max_size=3),
    st.text(),
)
def test_signed_text_is_the_serializers_and_each_reads_the_others(
    document: Any, derivation: str, digest: Any, keys: list[Any], salt: str
) -> None:
    general = serializer(keys, salt=salt, derivation=derivation, digest=digest)
    signer = CookieSigner(general)
    text = signer.dumps(document)
    assert text == general.dumps(document)
    assert signer.loads(text, max_age=DAY) == document
    assert general.loads(text, max_age=DAY) == document


@given(
    st.text() | st.lists(st.sampled_from(["a", "b", "visits", "{}"])),
    st.integers(0, 99),
)
@example("", 0)
@example("x" * 5000, 0)
def test_document_is_deflated_where_the_serializer_deflates_it(
    words: Any, number: int
) -> None:
    general = serializer()
    document = {"words": words, "number": number}
    assert CookieSigner(general).dumps(document) == general.dumps(document)


@pytest.mark.parametrize("size", range(1, 60))
def test_document_at_the_point_where_deflating_pays_is_as_the_serializers(
    size: int,
) -> None:
    # Of a run of one letter, and of letters that all differ with a run after them.
    general = serializer()
    signer = CookieSigner(general)
    distinct = "".join(map(chr, range(35, 35 + size))).replace("\\", "")
    for text in (
        "a" * size,
        distinct,
        distinct + "a" * 12,
        f"{distinct}{distinct[:9]}",
    ):
        assert signer.dumps({"v": text}) == general.dumps({"v": text})


@given(st.data())
def test_tampered_text_has_the_serializers_outcome(data: st.DataObject) -> None:
    general = serializer(["old", "new"])
    signer = CookieSigner(general)
    text = data.draw(
        st.sampled_from([{"visits": 2}, {"text": "a" * 99}]).map(general.dumps)
    )
    place = data.draw(st.integers(0, len(text) - 1))
    change = data.draw(st.sampled_from(["flip", "cut", "insert", "drop", "swap"]))
    other = data.draw(st.sampled_from("aA0-_.=+/ é\0"))
    if change == "flip":
        text = text[:place] + other + text[place + 1 :]
    elif change == "cut":
        text = text[:place]
    elif change == "insert":
        text = text[:place] + other + text[place:]
    elif change == "drop":
        text = text[:place] + text[place + 1 :]
    else:
        text = ".".join(reversed(text.split(".")))
    assert outcome(signer, text) == outcome(general, text)


@given(st.text())
def test_any_other_text_has_the_serializers_outcome(text: str) -> None:
    general = serializer()
    assert outcome(CookieSigner(general), text) == outcome(general, text)


@pytest.mark.parametrize("salt", ["cookie-session", "other"])
@pytest.mark.parametrize("key", ["key", "old", "foreign"])
def test_text_of_another_key_or_salt_has_the_serializers_outcome(
    salt: str, key: str
) -> None:
    general = serializer(["old", "key"])
    text = serializer(key, salt=salt).dumps({"visits": 2})
    found = outcome(CookieSigner(general), text)
    assert found == outcome(general, text)
    assert (found == {"visits": 2}) is (salt == "cookie-session" and key != "foreign")


@pytest.mark.parametrize("age", [-(10**9), -1, 0, 1, DAY, DAY + 1, 10**9])
def test_age_is_judged_as_by_the_serializer(
    monkeypatch: pytest.MonkeyPatch, age: int
) -> None:
    general = serializer()
    signer = CookieSigner(general)
    text = signer.dumps({"visits": 2})
    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.5 + age)
    found = outcome(signer, text)
    assert found == outcome(general, text)
    assert (found == {"visits": 2}) is (0 <= age <= DAY)


def test_clock_of_itsdangerous_is_asked_when_it_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    general = serializer()
    signer = CookieSigner(general)
    first = signer.dumps({})
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: 1_800_000_777)
    assert signer.dumps({}) == general.dumps({}) != first
    assert signer.loads(first, max_age=777) == {}
    assert outcome(signer, first, 776)[0].__name__ == "SignatureExpired"


@pytest.mark.parametrize(
    "value",
    [
        b"e30",  # no timestamp
        b"e30.",
        b"e30.!",
        b"e30.AAAAAABrSdIA",  # the time, in nine bytes
        b"e30.A",
        b"e30._________38",  # all eight bytes of it
        b"e30.a0nSAA=",
        b"e30.a0nSAA.",
        b"???.a0nSAA",
        b"e.a0nSAA",  # no base64
        b".e30.a0nSAA",  # not deflated
        b".eJyrBgABfgD7.a0nSAA",
        b"_w.a0nSAA",  # no UTF-8
        b"e30.a0nSAA",
        b"e3 0.a0nS AA",
    ],
)
def test_odd_value_that_is_rightly_signed_has_the_serializers_outcome(
    value: bytes,
) -> None:
    general = serializer()
    text = f"{value.decode()}.{general.make_signer().get_signature(value).decode()}"
    found = outcome(CookieSigner(general), text)
    assert found == outcome(general, text)


def test_document_that_unpacks_to_megabytes_is_read_as_by_the_serializer() -> None:
    general = serializer(format_=json)
    packed = b"." + base64_encode(zlib.compress(b'"' + b"a" * 5_000_000 + b'"'))
    text = general.make_signer().sign(packed).decode()
    assert CookieSigner(general).loads(text, max_age=DAY) == "a" * 5_000_000


def test_other_spelling_of_a_signature_is_accepted_as_by_the_serializer() -> None:
    general = serializer()
    text = f"{general.dumps({'visits': 2})}="
    assert general.loads(text, max_age=DAY) == {"visits": 2}
    assert CookieSigner(general).loads(text, max_age=DAY) == {"visits": 2}


def test_signatures_are_compared_in_constant_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    signer = CookieSigner(serializer())
    text = signer.dumps({})
    monkeypatch.setattr("hmac.compare_digest", compare)
    assert signer.loads(text, max_age=DAY) == {}
    signature = text.rpartition(".")[2].encode()
    assert compared == [(signature, signature)]


def test_key_is_derived_once_and_the_digest_is_taken_of_each_value() -> None:
    calls: list[bytes] = []

    def digest(data: bytes = b"") -> Any:
        calls.append(data)
        return hashlib.sha256(data)

    signer = CookieSigner(serializer(digest=digest))
    made = len(calls)
    texts = {signer.dumps({"visits": number}) for number in range(9)}
    assert len({text.rpartition(".")[2] for text in texts}) == 9
    assert len(calls) == made


def test_serializer_of_bytes_is_refused() -> None:
    class Bytes:
        def dumps(self, obj: Any) -> bytes:
            return json.dumps(obj).encode()

        def loads(self, data: bytes) -> Any:
            return json.loads(data)

    with pytest.raises(TypeError, match="text"):
        CookieSigner(serializer(format_=Bytes()))
