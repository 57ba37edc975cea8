"""The same application for each contender, written as its own documentation would.

Each module has `APPS`: "main" answers all works but those that need hooks, which hold
for a whole application and therefore have one of their own, "hooks", and the async
view, which `insula run` would take as a reason to serve by ASGI, "async".
"""
