"""Puts a mutant into the running process, which has imported the module long ago.

Functions keep their identity and get other code, so that whoever imported them runs the mutant;
constants are replaced wherever they were imported by their name.
"""

import inspect
import sys
from types import FunctionType

OURS = ("accounts", "generations", "lumiq_portal", "tests")


def apply(mutant, module):
    """Raises what the module raises where it cannot even be imported."""
    fresh = {"__name__": module.__name__, "__file__": module.__file__}
    exec(mutant.compile(), fresh)  # noqa: S102 — it is our own code, nearly
    for name, new in fresh.items():
        old = vars(module).get(name)
        if name.startswith("__") or old is new:
            continue
        if inspect.isclass(new):
            if new.__module__ == module.__name__:
                _adopt_class(old, new)
        elif isinstance(old, FunctionType):
            _adopt_function(old, new)
        elif old != new:
            _replace_everywhere(old, new, name)


def _adopt_class(old, new):
    for name, member in vars(new).items():
        known = vars(old).get(name)
        if isinstance(member, property):
            _adopt_function(known.fget, member.fget)
        elif isinstance(member, FunctionType):
            _adopt_function(known, member)


def _adopt_function(old, new):
    layers, new_layers = _layers_of(old), _layers_of(new)
    if len(new_layers) < len(layers):  # a decorator less
        _replace_everywhere(old, layers[len(layers) - len(new_layers)], old.__name__)
    inner, new_inner = layers[-1], new_layers[-1]
    if new_inner.__code__.co_filename != "<string>":  # not what dataclasses write
        inner.__code__ = new_inner.__code__
    inner.__defaults__, inner.__kwdefaults__ = new_inner.__defaults__, new_inner.__kwdefaults__


def _layers_of(function):
    layers = [function]
    while hasattr(layers[-1], "__wrapped__"):
        layers.append(layers[-1].__wrapped__)
    return layers


def _replace_everywhere(old, new, name):
    """By identity, and under any name where it is a function; numbers and words by this name."""
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").partition(".")[0] in OURS:
            names = list(vars(module)) if callable(old) else [name]
            for known in names:
                if vars(module).get(known) is old:
                    setattr(module, known, new)
