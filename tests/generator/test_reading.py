"""Whatever a module does when it is imported: a diagnostic at most, and nothing left behind."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import NamedTuple

import pytest

import capnweb_runtime as rpc
from capnweb_gen import generate
from capnweb_gen.checks.names import RESERVED_KEYS
from capnweb_gen.diagnostics import Diagnostic, Report
from capnweb_gen.ir import Contract
from capnweb_gen.loader import read
from capnweb_gen.loader.marks import is_marked_idempotent
from capnweb_runtime.wire import expressions
from tests.generator.test_command import run

API = """
from typing import Protocol


class Api(Protocol):
    async def add(self, a: int, b: int) -> int: ...
"""


class Read(NamedTuple):
    contracts: list[Contract]
    diagnostics: list[Diagnostic]

    @property
    def messages(self) -> list[str]:
        return [found.message for found in self.diagnostics]


def read_files(
    folder: Path, *names: str, root: Path | None = None, time_limit: float | None = None
) -> Read:
    report = Report()
    loaded = read([folder / each for each in names], report, root=root, time_limit=time_limit)
    return Read([contract for _, contract in loaded], report.diagnostics)


def read_text(folder: Path, text: str, *, time_limit: float | None = None) -> Read:
    (folder / "api.py").write_text(text, encoding="utf-8")
    return read_files(folder, "api.py", time_limit=time_limit)


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


# ---- modules that do not come to their end


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("import os; os._exit(7)", "the process was ended with status 7"),
        ("import os; os._exit(0)", "the process was ended with status 0"),
        ("import os; os.abort()", "the process was ended by SIGABRT"),
        ("import os; os.kill(os.getpid(), 9)", "the process was ended by SIGKILL"),
        ("import os; os.closerange(3, 99); os._exit(7)", "the process was ended with status 7"),
        ("breakpoint()", "BdbQuit"),
        ("input()", "EOFError: EOF when reading a line"),
    ],
)
def test_a_module_that_ends_is_a_diagnostic(tmp_path: Path, line: str, reason: str) -> None:
    found = read_text(tmp_path, f"{line}\n{API}")
    assert found.contracts == []
    assert found.messages == [f"importing api failed: {reason}"]


def test_a_crash_is_shown_where_it_happened(tmp_path: Path) -> None:
    text = "import ctypes\n\n\ndef crash() -> None:\n    ctypes.string_at(0)\n\n\ncrash()\n"
    [found] = read_text(tmp_path, text).diagnostics
    assert found.message == "importing api failed: the process was ended by SIGSEGV"
    assert found.notes == ("api.py:8: crash()", "api.py:5: ctypes.string_at(0)")
    assert (found.span.line, found.span.col, found.span.end_col) == (5, 5, 24)


def test_a_hang_is_ended_and_shown(tmp_path: Path) -> None:
    text = "import threading\n\nthreading.Event().wait()\n"
    [found] = read_text(tmp_path, text, time_limit=0.5).diagnostics
    assert found.message == "importing api failed: it took longer than 0.5 s"
    assert found.notes == ("api.py:3: threading.Event().wait()",)


def test_only_the_users_lines_of_a_traceback_are_shown(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "shop/__init__.py": "",
            "shop/api.py": f"import shop.models\n{API}",
            "shop/models.py": "import json\n\nCONFIG = json.loads('é' * 3); 1\n",
        },
    )
    [found] = read_files(tmp_path, "shop/api.py").diagnostics
    assert found.message.startswith("importing shop.api failed: JSONDecodeError: Expecting value")
    assert found.notes == (
        "shop/api.py:1: import shop.models",
        "shop/models.py:3: CONFIG = json.loads('é' * 3); 1",
    )
    assert found.span.file == str(tmp_path / "shop/api.py")


def test_a_syntax_error_elsewhere_is_shown_there(tmp_path: Path) -> None:
    write(tmp_path, {"api.py": f"import models\n{API}", "models.py": "x = 1\ny = = 2\n"})
    [found] = read_files(tmp_path, "api.py").diagnostics
    assert found.notes == ("api.py:1: import models", "models.py:2: y = = 2")


def test_columns_count_characters(tmp_path: Path) -> None:
    [found] = read_text(tmp_path, "é = 'éé' + undefined\n").diagnostics
    assert (found.span.col, found.span.end_col) == (12, 21)


def test_a_name_stands_where_it_is_written(tmp_path: Path) -> None:
    # The parser normalises both: `ﬁ` is the ligature.
    text = f"{API}\n\nclass ﬁnder(Protocol):\n    async def ﬁ() -> int: ...\n"
    [found] = read_text(tmp_path, text).diagnostics
    assert found.message == "finder.fi has no self"
    assert (found.span.col, found.span.end_col) == (15, 16)


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever runs the tests may be allowed to read everything.
    monkeypatch.setattr("os.access", lambda *_: False)
    [found] = read_text(tmp_path, API).diagnostics
    assert (found.code, found.message) == ("CW001", "api.py cannot be read: Permission denied")


def test_an_endless_recursion_is_shortened(tmp_path: Path) -> None:
    [found] = read_text(tmp_path, "def f() -> None:\n    f()\n\n\nf()\n").diagnostics
    assert found.message.startswith("importing api failed: RecursionError")
    assert len(found.notes) == 13


def test_an_error_without_a_message_is_told(tmp_path: Path) -> None:
    text = (
        "class Odd(Exception):\n    def __str__(self) -> str:\n        raise self\n\n\nraise Odd\n"
    )
    assert read_text(tmp_path, text).messages == [
        "importing api failed: Odd: its message cannot be shown"
    ]


def test_the_others_are_read_all_the_same(tmp_path: Path) -> None:
    for name in ("one", "three"):
        (tmp_path / f"{name}.py").write_text(API)
    (tmp_path / "two.py").write_text("import os\n\nos._exit(1)\n")
    (tmp_path / "four.py").write_text("1 / 0\n")
    found = read_files(tmp_path, "one.py", "two.py", "three.py", "four.py", "one.py")
    assert [contract.module for contract in found.contracts] == ["one", "three"]
    assert found.messages == [
        "importing four failed: ZeroDivisionError: division by zero",
        "importing two failed: the process was ended with status 1",
    ]


# ---- modules that do more than they should


def test_what_a_module_prints_goes_to_stderr(tmp_path: Path) -> None:
    printing = (
        "import os, sys\n"
        "print('printed')\n"
        "sys.stdout.write('written\\n')\n"
        "sys.__stdout__.write('original\\n')\n"
        "sys.__stdout__.flush()\n"
        "os.write(1, b'raw\\n')\n"
        "os.system('echo a program')\n"
    )
    (tmp_path / "api.py").write_text(f"{printing}\n{API}")
    done = run("api.py", cwd=tmp_path)
    assert done.stdout.startswith("api_rpc: wrote")
    assert done.stderr == "printed\nwritten\noriginal\nraw\na program\n"


@pytest.mark.parametrize("daemon", [True, False])
def test_threads_do_not_keep_it(tmp_path: Path, daemon: bool) -> None:
    text = (
        "import threading\n\nwait = threading.Event().wait\n"
        f"threading.Thread(target=wait, daemon={daemon}).start()\n"
    )
    assert read_text(tmp_path, text + API).diagnostics == []


def test_processes_are_ended_with_it(tmp_path: Path) -> None:
    fifo = tmp_path / "alive"
    os.mkfifo(fifo)
    text = (
        f"import subprocess\n\nsubprocess.Popen(['sh', '-c', 'exec sleep 600 > {fifo}'])\n"
        f"open({str(fifo)!r}, 'w').close()\n"  # returns when somebody reads
    )
    opened: list[int] = []
    listener = threading.Thread(target=lambda: opened.append(os.open(fifo, os.O_RDONLY)))
    listener.start()
    assert read_text(tmp_path, text + API).diagnostics == []
    listener.join()
    assert os.read(opened[0], 1) == b""  # nobody holds the other end any more
    os.close(opened[0])


def test_a_module_that_forks_is_read_once(tmp_path: Path) -> None:
    text = "import os\n\nos.fork()\n"
    assert len(read_text(tmp_path, text + API).contracts) == 1


def test_a_module_can_tell(tmp_path: Path) -> None:
    text = "import os\n\nassert os.environ['CAPNWEB_GEN'] == '1'\n"
    assert read_text(tmp_path, text + API).diagnostics == []
    assert "CAPNWEB_GEN" not in os.environ


def test_nothing_happens_to_this_process(tmp_path: Path) -> None:
    text = "import os, sys\n\nos.chdir('/')\nsys.path.clear()\nos.environ['CAPNWEB_ODD'] = '1'\n"
    before = Path.cwd(), list(sys.path), set(sys.modules)
    assert read_text(tmp_path, text + API).diagnostics == []
    assert (Path.cwd(), sys.path, set(sys.modules)) == before
    assert "CAPNWEB_ODD" not in os.environ


def test_strings_of_a_class_of_the_users_arrive_plain(tmp_path: Path) -> None:
    text = API.replace("Protocol\n", "Protocol, Literal\nfrom enum import Enum\n").replace(
        "a: int", "a: Kind, c: Literal[Odd.X]"
    )
    odd = (
        "class Text(str): ...\n\n\nclass Odd(Enum):\n    X = Text('x')\n\n\n"
        "class Kind(Enum):\n    A = Text('a')\n\n\n"
    )
    text = text.replace("class Api", f"{odd}class Api")
    found = read_text(tmp_path, text)
    assert found.diagnostics == []
    [contract] = found.contracts
    values = [value for definition in contract.types.values() for value in definition.values]
    assert [type(value) for value in values] == [str] * len(values)


# ---- being interrupted


def hanging(folder: Path) -> "subprocess.Popen[str]":
    """The command, reading a module that says so and waits."""
    (folder / "api.py").write_text("import os, time\n\nprint(os.getpid())\ntime.sleep(600)\n")
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-m", "capnweb_gen", "api.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(root / "runtime")])},
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, -15), (signal.SIGKILL, -9)]
)
def test_a_signal_ends_both(tmp_path: Path, number: int, status: int) -> None:
    with hanging(tmp_path) as process:
        assert process.stderr is not None
        assert process.stderr.readline().strip().isdigit()
        process.send_signal(number)
        # Ends when the last process that holds it has ended: the child has it too.
        assert process.stderr.read() == ""
        assert process.wait() == status


# ---- by which name a module is imported


def test_a_package_whose_init_imports_the_module(tmp_path: Path) -> None:
    write(tmp_path, {"shop/__init__.py": "from shop.api import Api\n", "shop/api.py": API})
    found = read_files(tmp_path, "shop/api.py")
    assert found.diagnostics == []
    assert [contract.module for contract in found.contracts] == ["shop.api"]


_OFFERING = """
from typing import Optional

from shop import api_rpc
from shop.api_rpc import ApiStub, ApiTarget, PageStub, export_api
from shop.api_rpc.client import ApiPromise


class Server(ApiTarget):
    def get(self) -> Optional[ApiStub]: ...
    def maybe(self) -> ApiStub | None: ...
    def page(self) -> PageStub[int]: ...


server = export_api(Server())
promise = ApiPromise.of(x=1)
assert api_rpc.ApiStub is ApiStub
"""


def test_a_package_that_offers_what_is_generated(tmp_path: Path) -> None:
    write(tmp_path, {"shop/__init__.py": _OFFERING, "shop/api.py": API})
    assert read_files(tmp_path, "shop/api.py").diagnostics == []
    write(tmp_path, {"shop/api_rpc/__init__.py": "# Generated by capnweb-gen\n1 / 0\n"})
    assert read_files(tmp_path, "shop/api.py").diagnostics == []


def test_what_is_only_called_like_it_is_imported(tmp_path: Path) -> None:
    files = {"api.py": f"import api_rpc\n\nassert api_rpc.X == 1\n{API}", "api_rpc.py": "X = 1\n"}
    write(tmp_path, files)
    assert read_files(tmp_path, "api.py").diagnostics == []
    found = read_text(tmp_path, f"import other_rpc\n{API}")
    assert found.messages == [
        "importing api failed: ModuleNotFoundError: No module named 'other_rpc'"
    ]


def test_what_is_generated_cannot_travel(tmp_path: Path) -> None:
    text = f"from api_rpc import ApiStub\n{API.replace('-> int', '-> ApiStub')}"
    [found] = read_text(tmp_path, text).diagnostics
    assert found.message == "ApiStub cannot travel"
    assert found.fix == "write the interface or model that it is generated for"


def test_relative_imports_and_the_file_of_a_module(tmp_path: Path) -> None:
    text = "from pathlib import Path\n\nfrom . import models\nfrom .models import User\n"
    text += "\nassert (Path(__file__).parent / 'models.py').exists()\n"
    text += API.replace("-> int", "-> User")
    models = "from dataclasses import dataclass\n\n\n@dataclass\nclass User:\n    id: int\n"
    write(tmp_path, {"shop/__init__.py": "", "shop/api.py": text, "shop/models.py": models})
    assert read_files(tmp_path, "shop/api.py").diagnostics == []


def test_a_package_without_init_is_told_by_its_root(tmp_path: Path) -> None:
    text = f"from .models import X\n{API}"
    write(tmp_path, {"ns/shop/api.py": text, "ns/shop/models.py": "X = 1\n"})
    [found] = read_files(tmp_path, "ns/shop/api.py").diagnostics
    assert found.code == "CW002"
    assert found.fix == "make shop/ a package with an __init__.py, or say --root"
    [contract] = read_files(tmp_path, "ns/shop/api.py", root=tmp_path).contracts
    assert contract.module == "ns.shop.api"
    [found] = read_files(tmp_path, "ns/shop/api.py", root=tmp_path / "other").diagnostics
    assert found.message == f"api.py does not lie below {tmp_path / 'other'}"


def test_a_cycle_under_type_checking(tmp_path: Path) -> None:
    api = (
        "from typing import TYPE_CHECKING, Protocol\n\nif TYPE_CHECKING:\n"
        "    from shop.users import Users\n\n\n"
        "class Api(Protocol):\n    async def users(self) -> 'Users': ...\n"
    )
    users = (
        "from typing import Protocol\n\nfrom shop.api import Api\n\n\n"
        "class Users(Protocol):\n    async def api(self) -> Api: ...\n"
    )
    write(tmp_path, {"shop/__init__.py": "", "shop/api.py": api, "shop/users.py": users})
    found = read_files(tmp_path, "shop/api.py", "shop/users.py")
    assert found.diagnostics == []
    for contract in found.contracts:
        assert {str(ref) for ref in contract.interfaces} == {"shop.api:Api", "shop.users:Users"}


def test_modules_of_the_same_name_in_two_folders(tmp_path: Path) -> None:
    for name in ("one", "two"):
        helper = f"NAME = '{name}'\n"
        text = f"import helper\n\nassert helper.NAME == '{name}'\n{API.replace('Api', name)}"
        write(tmp_path, {f"{name}/api.py": text, f"{name}/helper.py": helper})
    found = read_files(tmp_path, "one/api.py", "two/api.py")
    assert found.diagnostics == []
    assert [[ref.qualname for ref in each.interfaces] for each in found.contracts] == [
        ["one"],
        ["two"],
    ]


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pydantic.py").write_text(API)
    [found] = read_files(tmp_path, "pydantic.py").diagnostics
    assert (found.code, found.fix) == ("CW006", "rename the file")
    (tmp_path / "__main__.py").write_text(API)
    [found] = read_files(tmp_path, "__main__.py").diagnostics
    assert found.code == "CW006"


def test_the_working_folder_is_not_imported_from(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise RuntimeError\n")
    (tmp_path / "src").mkdir()
    (tmp_path / "src/api.py").write_text(API)
    done = run("src/api.py", cwd=tmp_path / "src/..", PYTHONSAFEPATH="1")
    assert done.returncode == 0, done.stderr


def test_folders_with_dots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"shop/__init__.py": "", "shop/api.py": API, "shop/sub/x.py": ""})
    monkeypatch.chdir(tmp_path / "shop/sub")
    [contract] = read_files(Path(), "../api.py").contracts
    assert contract.module == "shop.api"


# ---- strange objects


def test_objects_that_cannot_be_read_are_a_diagnostic(tmp_path: Path) -> None:
    odd = (
        "class Odd:\n    def __hash__(self) -> int:\n        raise RuntimeError('no hash')\n\n\n"
        "odd = Odd()\n\n\n"
    )
    text = API.replace("class Api", f"{odd}class Api").replace("a: int", "a: odd")
    [found] = read_text(tmp_path, text).diagnostics
    assert found.code == "CW007"
    assert found.message == "reading api failed: RuntimeError: no hash"
    assert found.notes == ("api.py:7: raise RuntimeError('no hash')",)


def test_a_bug_of_ours_is_a_diagnostic(tmp_path: Path) -> None:
    """Of all modules this one can only be read by another version of ourselves."""
    text = "import capnweb_gen.loader.load\n\ncapnweb_gen.loader.load._Loader = None\n"
    [found] = read_text(tmp_path, text + API).diagnostics
    assert found.message == "reading api failed: TypeError: 'NoneType' object is not callable"
    assert found.notes[-1].startswith("load.py:")
    assert found.fix == "this is a bug of capnweb-gen: report it, with these lines"


# ---- what is the same here and in the runtime


def test_marks_and_keys_are_those_of_the_runtime() -> None:
    @rpc.idempotent
    def marked() -> None: ...

    assert is_marked_idempotent(marked)
    assert RESERVED_KEYS == expressions.RESERVED_KEYS


def test_the_child_imports_neither_commands_nor_templates(tmp_path: Path) -> None:
    heavy = ["typer", "jinja2", "capnweb_runtime", "asyncio"]
    text = f"import sys\n\nassert not set(sys.modules) & {set(heavy)}, sys.modules\n"
    assert read_text(tmp_path, text + API).diagnostics == []


def test_an_edit_is_seen(tmp_path: Path) -> None:
    assert len(read_text(tmp_path, API).contracts[0].interfaces) == 1
    more = API.replace("Api", "Bpi")
    assert len(read_text(tmp_path, API + more).contracts[0].interfaces) == 2
    assert generate(tmp_path / "api.py").package is not None
