"""The package as a whole."""

from capnweb_gen.ir import Contract, contract_json, digests_of, generated_names, together
from capnweb_gen.plan.client import ClientPlanner
from capnweb_gen.plan.fake import FakePlanner
from capnweb_gen.plan.server import ServerPlanner
from capnweb_gen.plan.views import PackageView

__all__ = ["package_name", "plan"]

#: The form of the generated code: what `capnweb_runtime.generated.require_format` is told.
_FORMAT = 1


def package_name(module: str) -> str:
    """What the package of a module is called: `api_rpc` for `shop.api`."""
    return f"{module.rpartition('.')[2]}_rpc"


def plan(contract: Contract, *, fakes: bool = True) -> PackageView:
    """All that is generated from a contract; if it has been told of others, together with them.

    `fakes` says whether there are to be stand-ins for tests.
    """
    if not contract.surroundings.packages:
        (contract,) = together([contract], {})
    names = generated_names(contract)
    alone = contract.alone
    digests = digests_of(contract)
    # Of what is the same but for its surroundings they are too.
    own_digests = digests if alone == contract else digests_of(alone)
    return PackageView(
        package_name(contract.module),
        contract.module,
        ClientPlanner(contract, digests).plan(_FORMAT),
        ServerPlanner(contract).plan(_FORMAT),
        FakePlanner(contract).plan(_FORMAT) if fakes else None,
        tuple(sorted(each.name for each in names if not each.on_server)),
        tuple(sorted(each.name for each in names if each.on_server)),
        tuple(sorted(each.name for each in names)),
        contract_json(alone, own_digests),
    )
