"""Round trips by boto3 to moto's server: S3 and DynamoDB. Prints facts as JSON.

Its arguments: the address of the server, and ``raw`` where that tells its application
the path as it was sent.
"""

# What is imported is in the environment of the application only.
# mypy: disable-error-code="import-not-found, untyped-decorator, misc"

from __future__ import annotations

import hashlib
import json
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from boto3.dynamodb.conditions import (
    Attr,
    Key,
)
from botocore.config import (
    Config,
)
from botocore.exceptions import (
    ClientError,
)

WHERE: dict[str, Any] = {
    "endpoint_url": sys.argv[1],
    "region_name": "us-east-1",
    "aws_access_key_id": "key",
    "aws_secret_access_key": "secret",
    "config": Config(max_pool_connections=16, retries={"max_attempts": 1}),
}
BIG = bytes(range(256)) * 40_000
PART = b"p" * (5 << 20)
AT_ONCE = 16


def refused(call: Any, **arguments: Any) -> list[Any]:
    """Return how a call is refused."""
    try:
        call(**arguments)
    except ClientError as exc:
        error = exc.response["Error"]
        status = exc.response["ResponseMetadata"]["HTTPStatusCode"]
        return [status, error["Code"], error.get("Message")]
    return ["was not refused"]


def s3() -> dict[str, Any]:
    """Write, read, list, copy and delete objects."""
    client = boto3.client("s3", **WHERE)
    at: dict[str, Any] = {"Bucket": "a-bucket"}
    facts: dict[str, Any] = {}
    client.create_bucket(**at)
    name = f"räksmörgås/å b+c{'%20' if 'raw' in sys.argv else ''}.txt"
    client.put_object(
        **at, Key=name, Body=b"hello", Metadata={"m-a": "1"}, ContentType="text/x-a"
    )
    got = client.get_object(**at, Key=name)
    body = got["Body"].read()
    assert body == b"hello", body
    facts["get"] = [got["Metadata"], got["ETag"], got["ContentType"]]
    client.put_object(**at, Key="big", Body=BIG)
    big = client.get_object(**at, Key="big")["Body"].read()
    assert big == BIG, len(big)
    part = client.get_object(**at, Key="big", Range="bytes=5-9")
    facts["range"] = [part["ContentRange"], part["Body"].read().hex()]
    facts["head"] = client.head_object(**at, Key="big")["ContentLength"]
    facts["missing"] = refused(client.get_object, **at, Key="no")
    facts["missing, head"] = refused(client.head_object, **at, Key="no")
    facts["no bucket"] = refused(client.list_objects_v2, Bucket="none-such")
    upload = client.create_multipart_upload(**at, Key="parts")["UploadId"]
    each = {"Key": "parts", "UploadId": upload}
    tags = [
        client.upload_part(**at, **each, PartNumber=number, Body=PART)["ETag"]
        for number in (1, 2)
    ]
    parts = [{"PartNumber": n, "ETag": tag} for n, tag in enumerate(tags, 1)]
    done = client.complete_multipart_upload(
        **at, **each, MultipartUpload={"Parts": parts}
    )
    facts["in parts"] = [tags, done["ETag"]]
    client.copy_object(**at, Key="copy", CopySource={**at, "Key": name})
    signed = client.generate_presigned_url("get_object", {**at, "Key": "copy"})
    with urllib.request.urlopen(signed, timeout=30) as answer:
        facts["signed"] = [answer.status, answer.read().decode()]
    listed = client.list_objects_v2(**at)["Contents"]
    facts["list"] = [[each["Key"], each["Size"]] for each in listed]
    facts["delete"] = sorted(
        each["Key"]
        for each in client.delete_objects(
            **at, Delete={"Objects": [{"Key": "big"}, {"Key": "copy"}]}
        )["Deleted"]
    )

    def there_and_back(number: int) -> str:
        data = hashlib.sha256(b"%d" % number).hexdigest() * 1000
        client.put_object(**at, Key=f"n{number}", Body=data.encode())
        back: bytes = client.get_object(**at, Key=f"n{number}")["Body"].read()
        assert back.decode() == data, number
        return data[:8]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        facts["at once"] = list(pool.map(there_and_back, range(64)))
    facts["in the end"] = client.list_objects_v2(**at)["KeyCount"]
    facts["not empty"] = refused(client.delete_bucket, **at)
    return facts


def dynamodb() -> dict[str, Any]:
    """Write, read, query, change and delete items."""
    facts: dict[str, Any] = {}
    database = boto3.resource("dynamodb", **WHERE)
    table = database.create_table(
        TableName="notes",
        KeySchema=[
            {"AttributeName": "who", "KeyType": "HASH"},
            {"AttributeName": "n", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "who", "AttributeType": "S"},
            {"AttributeName": "n", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
    with table.batch_writer() as batch:
        for n in range(60):
            batch.put_item(Item={"who": f"w{n % 3}", "n": n, "text": "ü" * n})
    at = {"who": "w1", "n": 7}
    facts["get"] = repr(table.get_item(Key=at)["Item"])
    facts["scan"] = table.scan()["Count"]
    found = table.query(
        KeyConditionExpression=Key("who").eq("w2") & Key("n").between(5, 20),
        ScanIndexForward=False,
    )
    facts["query"] = [int(each["n"]) for each in found["Items"]]
    changed = table.update_item(
        Key=at,
        UpdateExpression="SET #t = :t ADD hits :one",
        ExpressionAttributeNames={"#t": "text"},
        ExpressionAttributeValues={":t": {"deep": [1, None, True]}, ":one": 1},
        ReturnValues="ALL_NEW",
    )
    facts["update"] = repr(sorted(changed["Attributes"].items()))
    facts["condition"] = refused(
        table.put_item, Item=at, ConditionExpression=Attr("who").not_exists()
    )
    facts["no table"] = refused(database.Table("none").get_item, Key=at)
    table.delete_item(Key=at)
    facts["deleted"] = "Item" in table.get_item(Key=at)

    client = database.meta.client

    def count(_: int) -> str:
        answer = client.update_item(
            TableName="notes",
            Key={"who": "counter", "n": 0},
            UpdateExpression="ADD hits :one",
            ExpressionAttributeValues={":one": 1},
        )
        return str(answer["ResponseMetadata"]["HTTPStatusCode"])

    with ThreadPoolExecutor(AT_ONCE) as pool:
        facts["at once"] = sorted(set(pool.map(count, range(64))))
    facts["tables"] = client.list_tables()["TableNames"]
    return facts


def main() -> None:
    """Do all, and print what came of it."""
    facts = {f"S3, {asked}": seen for asked, seen in s3().items()}
    facts |= {f"DynamoDB, {asked}": seen for asked, seen in dynamodb().items()}
    json.dump(facts, sys.stdout)


if __name__ == "__main__":
    main()
