"""The components of WASI 0.2 in Python's wasmtime, with its own HTTP client."""

from wasmtime import Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, Record, ResultType, Variant

MIB = 1 << 20


def record(**fields):
    made = Record()
    for name, value in fields.items():
        setattr(made, name.replace("_", "-"), value)
    return made


def config(endpoint, bucket, region, key, root):
    credentials = record(access_key_id=key[0], access_key_secret=key[1], security_token=None)
    timeouts = record(connect=None, first_byte=None, between_bytes=None, operation=None)
    return record(
        bucket=bucket, region=region, endpoint=Variant("custom", endpoint), addressing=None, secure=None, root=root,
        signature=None, credentials=Variant("fixed", credentials), roles=[], timeouts=timeouts, attempts=None, acl=None,
    )


LOCK_OPTIONS = record(lease=None, poll_min=None, poll_max=None, folder=None, interlock=None)
CERT_OPTIONS = record(encryption=None, storage_class=None, server_side_encryption=None)
BLOB_OPTIONS = record(
    part_size=MIB, parts_in_flight=None, storage_class=None, encryption=None, copy_threshold=None, copy_part_size=None,
    part_md5=None, url_endpoint=None, url_addressing=None,
)


class Failed(Exception):
    """The `err` of a result."""

    def __init__(self, error):
        super().__init__(repr(shown(error)))
        self.error = error


def shown(value):
    """A value of WIT with everything that is in it."""
    if isinstance(value, Variant):
        return value.tag, shown(value.payload)
    return {name: shown(part) for name, part in vars(value).items()} if isinstance(value, Record) else value


class Program:
    """A component, compiled once."""

    def __init__(self, file):
        self.engine = Engine()
        self.component = Component.from_file(self.engine, str(file))
        self.linker = Linker(self.engine)
        self.linker.add_wasip2()
        self.linker.add_wasi_http()


class Instance:
    def __init__(self, program):
        self.store = Store(program.engine)
        self.store.set_wasi(WasiConfig())
        self.store.set_wasi_http()
        self.instance = program.linker.instantiate(self.store, program.component)

    def call(self, interface, name, *arguments):
        index = self.instance.get_export_index(self.store, f"ossicle:storage/{interface}@0.2.0")
        function = self.instance.get_func(self.store, self.instance.get_export_index(self.store, name, index))
        value = function(self.store, *arguments)
        result = function.type(self.store).result
        if not isinstance(result, ResultType):
            return value
        # Where both cases look alike in Python they are told apart by a tag.
        if isinstance(value, Variant) and value.tag in ("ok", "err"):
            if value.tag == "err":
                raise Failed(value.payload)
            return value.payload
        classes = set()
        result.err.add_classes(classes)
        if isinstance(value, tuple(classes)):
            raise Failed(value)
        return value


class Certificates(Instance):
    def __init__(self, program, config):
        super().__init__(program)
        self.locks = self.call("lock", "[static]locks.open", config, LOCK_OPTIONS)
        self.storage = self.call("cert-storage", "[static]storage.open", config, CERT_OPTIONS, self.locks)

    def of(self, method, *arguments):
        return self.call("cert-storage", f"[method]storage.{method}", self.storage, *arguments)

    def lock(self, method, *arguments):
        return self.call("lock", f"[method]locks.{method}", self.locks, *arguments)


class Blobs(Instance):
    def __init__(self, program, config):
        super().__init__(program)
        self.driver = self.call("blob-driver", "[static]driver.open", config, BLOB_OPTIONS)

    def of(self, method, *arguments):
        return self.call("blob-driver", f"[method]{method}", *arguments)
