"""What a probe would expect of code that keeps something from one call to the next: a result, or an argument."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from autograder.authoring.rubric import Probe
from autograder.sandbox.proxy import run_probe
from autograder.sandbox.worker.host import Host

MOST = 16  # faults that are tried: each takes a run of the probe on the reference


class Fault(NamedTuple):
    """What a function keeps.

    Attributes
    ----------
    function : str
    argument : str
        Which argument; "" for its result.
    first : bool
        Whether it is that of the first call for ever, or that of the call before.
    """

    function: str
    argument: str
    first: bool


class Forgetful(Host):
    """A namespace in which one function keeps something; without a fault, it only notes what is called."""

    def __init__(self, namespace: dict[str, Any], fault: Fault | None = None):
        super().__init__(namespace)
        self.calls: dict[str, list[dict[str, Any]]] = {}  # the arguments of each call, by function
        self._fault = fault
        self._kept: Any = None

    def call(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[int, list[str]]:
        function = getattr(self.objects[number], "__qualname__", "")
        try:
            names = [one for one in inspect.signature(self.objects[number]).parameters if one != "self"]
        except (TypeError, ValueError):
            names = []
        given = {**dict(zip(names, args)), **kwargs}
        if len(given) == len(args) + len(kwargs):
            self.calls.setdefault(function, []).append(given)
        if self._fault is None or self._fault.function != function:
            return super().call(number, args, kwargs)
        if not self._fault.argument:
            kept, made = self._kept, super().call(number, args, kwargs)
            self._keep(made)
            return made if kept is None else (kept[0], made[1])
        own = given.get(self._fault.argument)
        if self._kept is not None and self._fault.argument in given:
            given[self._fault.argument] = self._kept
        self._keep(own)
        return super().call(number, (), given)

    def _keep(self, value: Any) -> None:
        if self._kept is None or not (self._fault and self._fault.first):
            self._kept = value


def what_is_kept(probe: Probe, namespace: dict[str, Any]) -> Iterator[tuple[Fault, Any]]:
    """The value of a probe on the reference with each fault that its calls allow, where there is one."""
    noting = Forgetful(namespace)
    run_probe(probe, noting)
    for fault in list(_faults(noting.calls))[:MOST]:
        outcome = run_probe(probe, Forgetful(namespace, fault))
        if outcome.error is None:
            yield fault, outcome.value


def _faults(calls: dict[str, list[dict[str, Any]]]) -> Iterator[Fault]:
    for function, given in calls.items():
        if len(given) < 2 or not function:
            continue
        changing = [
            name for name in given[0] if any(name in one and not _same(one[name], given[0][name]) for one in given)
        ]
        for argument in ("", *changing):
            for first in (False, True) if len(given) > 2 else (False,):
                yield Fault(function, argument, first)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    return one is other or bool(type(one) is type(other) and not isinstance(one, (dict, list, tuple)) and one == other)
