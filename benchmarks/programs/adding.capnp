@0xd1b6f0a3c25e8e47;
# What over_pycapnp.py serves. Cap'n Proto pipelines calls on capabilities that are still promised, and
# no numbers; so the steps of a chain but the last give a Number that can be added to.

interface Api {
  add @0 (a :Int64, b :Int64) -> (sum :Int64);
  plus @1 (a :Int64, b :Int64) -> (sum :Number);
}

interface Number {
  add @0 (b :Int64) -> (sum :Int64);
  plus @1 (b :Int64) -> (sum :Number);
}
