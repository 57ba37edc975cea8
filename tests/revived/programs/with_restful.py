"""Flask-RESTful 0.3.8 parses, answers and describes its errors."""

# ruff: noqa: ANN001, ANN201 - written as such programs were
# mypy: ignore-errors

from flask import Flask
from flask_restful import Api, Resource, abort, fields, marshal_with, reqparse

app = Flask(__name__)
api = Api(app, prefix="/api")
parser = reqparse.RequestParser()
parser.add_argument("task", type=str, required=True, help="what is to be done?")
todos = {}


class Todo(Resource):
    @marshal_with({"task": fields.String, "self": fields.Url("todo")})
    def get(self, id):
        if id not in todos:
            abort(404, message=f"no todo {id}")
        return {"task": todos[id], "id": id}

    def put(self, id):
        todos[id] = parser.parse_args()["task"]
        return {"id": id}, 201, {"X-Made": "yes"}


api.add_resource(Todo, "/todo/<int:id>", endpoint="todo")
client = app.test_client()
answer = client.get("/api/todo/1")
assert answer.status_code == 404
assert answer.json == {"message": "no todo 1"}, answer.data
answer = client.put("/api/todo/1", data={})
assert answer.json == {"message": {"task": "what is to be done?"}}, answer.data
answer = client.put("/api/todo/1", data={"task": "rest"})
assert answer.status_code == 201
assert answer.headers["X-Made"] == "yes"
assert client.get("/api/todo/1").json == {"task": "rest", "self": "/api/todo/1"}
assert client.delete("/api/todo/1").status_code == 405
