"""Serves the same inside a web application: uvicorn web:app."""

from fastapi import FastAPI
from server import ApiServer

import capnweb_runtime as rpc

app = FastAPI()
app.mount("/api", rpc.asgi_app(ApiServer))


@app.get("/")
def index() -> str:
    return "Profiles by Cap'n Web, at /api/"
