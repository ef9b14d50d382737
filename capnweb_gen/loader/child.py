"""What runs in the child process: it imports the user's modules and hands back what they mean.

Standard output, which is a file of the parent's, takes the answers: for each module in order a
pickled `Answer`, and after the last one, if something went wrong, what `faulthandler` says. Before
any module runs, everything else that would go there is sent to standard error. Standard input takes
the pickled `Request` and then stays open: it ends when the parent does, and the child with it,
whatever the user's module is busy with.

Neither the command line nor the templates are imported here: start-up is most of a run.
"""

import faulthandler
import gc
import os
import pickle
import sys
import threading
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, NoReturn

from capnweb_gen.diagnostics import Diagnostic, Report
from capnweb_gen.ir import Contract
from capnweb_gen.loader.failures import report_reading
from capnweb_gen.loader.pickling import pickled
from capnweb_gen.loader.source import Source

__all__ = ["START", "Answer", "Request", "main"]

#: The program of the child, whose arguments are the parent's `sys.path`.
START: Final = (
    "import sys; sys.path[:] = sys.argv[1:]; del sys.argv[1:]; "
    "from capnweb_gen.loader.child import main; main()"
)


class Request(NamedTuple):
    """What the parent asks for.

    Attributes:
        root: the folder that all the sources are imported from.
        sources: what is read, in this order.
        time_limit: for the import and reading of each, in seconds; None is no limit.
    """

    root: Path
    sources: tuple[Source, ...]
    time_limit: float | None


class Answer(NamedTuple):
    """What came of one source."""

    contract: Contract | None
    diagnostics: tuple[Diagnostic, ...]


def main() -> NoReturn:
    """Answer one request, and end: at once, whatever threads the user's modules have started."""
    answers, request = _connect()
    faulthandler.enable(answers, all_threads=False)
    # What is read is kept until the end; to look for garbage in it took a third of the time.
    gc.disable()
    # A stale .pyc is told by its age in seconds, and sources may change faster than that.
    sys.dont_write_bytecode = True
    _answer(request, answers)
    sys.stderr.flush()
    os._exit(0)


def _connect() -> tuple[BinaryIO, Request]:
    """Keep standard input and output for ourselves, and put something harmless in their place."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    requests = os.fdopen(os.dup(0), "rb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    request: Request = pickle.load(requests)  # noqa: S301 (our own parent's)
    threading.Thread(target=_end_with_parent, args=[requests], daemon=True).start()
    return answers, request


def _end_with_parent(requests: BinaryIO) -> None:
    requests.read()
    os._exit(1)


def _answer(request: Request, answers: BinaryIO) -> None:
    # Imported here, so that whoever starts a child need not import all that a child does, and
    # before anything can be found in the user's folder.
    from capnweb_gen.loader.load import load  # noqa: PLC0415
    from capnweb_gen.loader.modules import Modules  # noqa: PLC0415
    from capnweb_gen.loader.standins import StandIns  # noqa: PLC0415

    sys.path.insert(0, str(request.root))
    sys.meta_path.insert(0, StandIns())
    process = os.getpid()
    modules = Modules()
    for source in request.sources:
        report = Report()
        contract = None
        if request.time_limit:
            faulthandler.dump_traceback_later(request.time_limit, exit=True, file=answers)
        try:
            contract = load(source, modules, report)
        except Exception as error:  # noqa: BLE001 (objects of the user's may raise anything)
            report_reading(error, source, report)
        if os.getpid() != process:  # a module has forked
            os._exit(0)
        faulthandler.cancel_dump_traceback_later()
        answers.write(pickled(Answer(contract, tuple(report.diagnostics))))
        answers.flush()
