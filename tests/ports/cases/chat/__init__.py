"""The interface of a chat service."""
