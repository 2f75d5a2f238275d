"""What tests of the whole example need: the program, the bundle, the data, Postgres."""

_FILES = {
    "BUNDLE": "//examples/orders:shop",
    "CUSTOMERS": "//examples/orders:data/customers.csv",
    "ORDERS": "//examples/orders:data/orders.jsonl",
    "WEAVSTER": "//runtime/cmd/weavster",
    "WEAVSTER_POSTGRES_BINARIES": "@postgres",
}

SHOP_DATA = _FILES.values()

# Where the files are in a test's runfiles.
SHOP_ENV = {name: "$(rlocationpath {})".format(label) for name, label in _FILES.items()}
