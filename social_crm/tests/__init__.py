import importlib
import pkgutil

# Every test file, so that none is forgotten.
for _module in pkgutil.iter_modules(__path__):
    if _module.name.startswith("test_"):
        importlib.import_module(f".{_module.name}", __name__)
