"""Trainings kept on disk, so that a study of many goes on where it was interrupted."""

import hashlib
import inspect
from collections.abc import Callable, Iterable
from pathlib import Path
from types import CodeType
from typing import Any

import numpy as np

from cs231n_utils.training.devices import library_of, to_numpy
from cs231n_utils.training.params import load_params, save_params

_SAMPLE = 64  # rows of an array that are looked at: the data set is too large to be read for every training


class Trainings:
    """A folder of finished trainings; each is run once, and read from its file after that.

    A training is known by all that decides its result: the parameters before it, what it is called with, NumPy's global
    random state, and the code of the functions that do it. A corrected function, another seed or another data set makes
    it a new one. The random state after it is kept as well, so that an interrupted study ends with exactly the
    numbers of one that ran without a break.

    Parameters
    ----------
    folder : path
        Where the files go; it is made with the first file.
    functions : iterable of callable
        The functions that do the work.

    Examples
    --------
    >>> trainings = Trainings("trainings", [nn_train, nn_forward_backward])                         # doctest: +SKIP
    >>> stats = trainings.run(net.params, lambda: net.train(X, y, reg=0.1), X, y, reg=0.1)           # doctest: +SKIP
    """

    def __init__(self, folder: str | Path, functions: Iterable[Callable[..., Any]] = ()):
        self.folder, self.functions = Path(folder), tuple(functions)

    def run(
        self, params: dict[str, Any], train: Callable[[], dict[str, Any]], *given: Any, **options: Any
    ) -> dict[str, Any]:
        """Run a training, or take its result from the file of the same one.

        Parameters
        ----------
        params : dict of str to array
            Of NumPy or PyTorch; the training changes them.
        train : callable
            Without arguments; returns a dictionary of histories, lists of numbers.
        *given, **options
            What else decides the result: arrays, numbers, texts.

        Returns
        -------
        dict
            The histories.
        """
        path = self.folder / f"{self._digest(params, given, options)}.npz"
        if path.is_file():
            try:
                return self._recall(path, params)
            except (ValueError, KeyError):  # damaged, or of an older kind: the training is run again
                pass
        stats = train()
        self._keep(path, params, stats)
        return stats

    def _digest(self, params: dict[str, Any], given: tuple[Any, ...], options: dict[str, Any]) -> str:
        return fingerprint(self.functions, params, given, options, np.random.get_state())

    def _keep(self, path: Path, params: dict[str, Any], stats: dict[str, Any]) -> None:
        _, keys, position, has_gauss, gauss = np.random.get_state()
        arrays = {f"params/{name}": to_numpy(value) for name, value in params.items()}
        arrays |= {f"stats/{name}": np.array([float(one) for one in values]) for name, values in stats.items()}
        arrays |= {"random/keys": keys, "random/rest": np.array([position, has_gauss, gauss])}
        path.parent.mkdir(parents=True, exist_ok=True)
        save_params(path, arrays)

    def _recall(self, path: Path, params: dict[str, Any]) -> dict[str, Any]:
        kept: dict[str, dict[str, np.ndarray]] = {"params": {}, "stats": {}, "random": {}}
        for name, value in load_params(path).items():
            kind, _, rest = name.partition("/")
            kept[kind][rest] = value
        position, has_gauss, gauss = kept["random"]["rest"]
        for name, value in params.items():
            value[...] = _like(kept["params"][name], value)
        np.random.set_state(("MT19937", kept["random"]["keys"], int(position), int(has_gauss), gauss))
        return {name: values.tolist() for name, values in kept["stats"].items()}


def fingerprint(functions: Iterable[Callable[..., Any]], *given: Any) -> str:
    """Return a name for what decides a result: the code of functions, and arrays, numbers, texts."""
    digest = hashlib.sha256()
    _feed(digest, [*given, [getattr(inspect.unwrap(function), "__code__", repr(function)) for function in functions]])
    return digest.hexdigest()[:20]


def _like(array: np.ndarray, other: Any) -> Any:
    """The array converted to the library that `other` belongs to."""
    xp = library_of(other)
    return array if xp is np else xp.as_tensor(array)


def _feed(digest: Any, value: Any) -> None:
    """Let a digest depend on a value: numbers and texts wholly, large arrays by some of their rows."""
    digest.update(type(value).__name__.encode() + b":")
    if isinstance(value, dict):
        for name in value:
            digest.update(repr(name).encode())
            _feed(digest, value[name])
    elif isinstance(value, (list, tuple)):
        for item in value:
            _feed(digest, item)
    elif isinstance(value, CodeType):
        digest.update(value.co_code + repr(value.co_names).encode())
        _feed(digest, value.co_consts)
    elif isinstance(value, np.ndarray) or library_of(value) is not np:
        digest.update(f"{tuple(value.shape)} {value.dtype}".encode())
        step = max(len(value) // _SAMPLE, 1) if value.ndim else 1
        digest.update(np.ascontiguousarray(to_numpy(value[::step] if value.ndim else value)).tobytes())
    else:
        digest.update(repr(value).encode())
