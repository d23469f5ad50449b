"""Greets somebody: the smallest function that a pipeline can call."""


def handler(event, context):
    """{"name": "Ada"} gives {"greeting": "Hello, Ada!"}."""
    name = event.get("name")
    if name is None or name == "":
        name = "world"
    if not isinstance(name, str):
        raise ValueError(f"name is {name!r}; expected a string")
    return {"greeting": f"Hello, {name}!"}
