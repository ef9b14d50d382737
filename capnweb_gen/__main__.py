"""The command `capnweb-gen`, also as `python -m capnweb_gen`."""

from capnweb_gen.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
