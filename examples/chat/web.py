"""Serves the same inside a web application: uvicorn web:app."""

from fastapi import FastAPI
from server import ChatServer

import capnweb_runtime as rpc

app = FastAPI()
app.mount("/chat", rpc.asgi_app(ChatServer))


@app.get("/")
def index() -> str:
    return "A chat by Cap'n Web, at /chat/"
