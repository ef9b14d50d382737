"""Where a contract comes from: a file, a repository's history, a server that runs."""

from capnweb_gen.obtain.files import contract_of_file
from capnweb_gen.obtain.git import contract_of_git, is_git
from capnweb_gen.obtain.live import contract_of_server, is_server

__all__ = ["contract_of_file", "contract_of_git", "contract_of_server", "is_git", "is_server"]
