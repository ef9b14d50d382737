"""Whether both sides of a session were made from the same contract.

A contract's digest tells: generated code has that of each interface, and a server that offers its
contract (`offer_contract`) answers for its main object to two getters that no interface can have,
for they are no names in Python: `$digest`, and `$contract`, the whole as JSON.
"""

from typing import Final, Literal, TypeAlias, TypedDict

from capnweb_runtime.aio.calls import LOG
from capnweb_runtime.aio.refs import DynamicStub, Stub, take
from capnweb_runtime.core.hook import Settled
from capnweb_runtime.errors import BrokenError, CallError, ContractMismatchError, excerpt
from capnweb_runtime.wire.expressions import UNDEFINED

__all__ = [
    "CONTRACT",
    "DIGEST",
    "Comparison",
    "Contract",
    "ContractOptions",
    "comparison_of",
    "contract",
]

#: What the main object of a server that offers its contract can be asked for.
CONTRACT: Final = "$contract"
DIGEST: Final = "$digest"

Mode: TypeAlias = Literal["require", "warn"]


class ContractOptions(TypedDict, total=False):
    """Whether a client compares contracts.

    Keys:
        contract: whether the server's contract has to be the one that the stub class was generated
            from: with "require" there is no session otherwise, but a `ContractMismatchError`; with
            "warn" a warning is logged, and nothing is waited for. The server has to offer it
            (`offer_contract`); it is asked as by any call, and may take as long (`call_timeout`).
            None, the default, does not ask.
    """

    contract: Mode | None


class Contract:
    """The contract of an interface, as far as generated code has it.

    Attributes:
        digest: of the interface and all it leads to.
    """

    __slots__ = ("_package", "digest")

    def __init__(self, package: str, digest: str) -> None:
        self._package = package
        self.digest = digest

    def text(self) -> str:
        """What is in contract.json, which lies in the generated package.

        Raises:
            CallError: if it does not.
        """
        from importlib.resources import files  # noqa: PLC0415 (30 ms, for what is seldom asked)

        try:
            return files(self._package).joinpath("contract.json").read_text("utf-8")
        except OSError:
            raise CallError(f"{self._package} was installed without its contract.json") from None


def contract(module: str, digest: str) -> Contract:
    """The contract of an interface of a generated module (for generated code)."""
    return Contract(module.rpartition(".")[0], digest)


class Comparison:
    """A client's contract, and what to do if the server's is another."""

    def __init__(self, ours: str, *, required: bool) -> None:
        """`ours` is the digest of the contract."""
        self._ours = ours
        self._required = required

    @property
    def required(self) -> bool:
        """Whether there may be no session without it."""
        return self._required

    async def require(self, main: Stub) -> None:
        """Ask for the digest, and wait for it: one round trip.

        Raises:
            ContractMismatchError: if it is another, or there is none.
            BrokenError, CallTimeoutError: if there is no answer.
            RemoteError: if the peer failed to give it.
        """
        error = self._compare(await DynamicStub(main._hook)[DIGEST])
        if error is not None:
            raise error

    def watch(self, main: Stub) -> None:
        """Ask for the digest, and log a warning if it is another; nothing is waited for."""
        hook = main._hook.get((DIGEST,))

        def settled(result: Settled) -> None:
            if isinstance(result, BaseException):
                if not isinstance(result, BrokenError):  # of which others tell
                    LOG.warning("the peer does not tell its contract: %s", excerpt(result))
            else:
                error = self._compare(take(result.open()))
                if error is not None:
                    LOG.warning("%s", error)
            hook.dispose()

        hook.pull(settled)

    async def begin(self, main: Stub) -> None:
        """Do what there is to do when a session has begun.

        Raises:
            as `require`.
        """
        if self._required:
            await self.require(main)
        else:
            self.watch(main)

    def _compare(self, theirs: object) -> ContractMismatchError | None:
        if theirs == self._ours:
            return None
        return ContractMismatchError(self._ours, None if theirs is UNDEFINED else theirs)


def comparison_of(stub: type[Stub], options: ContractOptions) -> Comparison | None:
    """What the options ask for; None if nothing.

    Raises:
        ValueError: for another mode than there are.
        TypeError: if the stub class has no contract.
    """
    mode = options.get("contract")
    if mode is None:
        return None
    if mode not in ("require", "warn"):
        raise ValueError(f'contract must be "require", "warn" or None, not {mode!r}')
    ours: Contract | None = getattr(getattr(stub._default, "interface", None), "contract", None)
    if ours is None:
        raise TypeError(f"contract: {stub.__name__} was not generated, and has none to compare")
    return Comparison(ours.digest, required=mode == "require")
