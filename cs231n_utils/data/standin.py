"""A stand-in for CIFAR-10, made rather than downloaded: 60,000 small drawn scenes in ten classes.

An image is a scene (sky, sea, grass, a road, a room ...) with its own texture and light, and in it a rough
drawing of the thing, in any of a few poses, mirrored, moved, stretched, in many colours. The scenes that suit
a class are more likely for it, so colour alone says something, and shape says more, as in CIFAR-10. A network
trained on it behaves much as it would there.

The bytes are the same on every machine and with every version of NumPy. Random bits come from the raw output
of the Philox generator, a fixed algorithm, and everything after that is arithmetic on whole numbers. Where
matrices are multiplied, they hold whole numbers in float64, far below 2**53: sums are exact in any order.
"""

import math
import zlib
from pathlib import Path
from typing import cast

import numpy as np
from platformdirs import user_cache_dir

from cs231n_utils.data.drawings import POSES, sheets
from cs231n_utils.files import written_whole
from cs231n_utils.progress import progress

NUM_TRAIN, NUM_TEST = 50_000, 10_000

# Part of the file names in the cache: raise it whenever a change alters a single byte of an image. So are the
# checksums, by which it is known that the bytes are the right ones.
_VERSION = 2
_CHECKSUMS = {"train": 0x0AD4E3DC, "test": 0x653D2DEA}

A_FEW = 12_000  # a fifth: drawn in a moment, without the others

# Class counts of the last 1000 training images and of the first 1000 test images: those of CIFAR-10, so that
# a network that diverges, and calls everything class 0, scores the same 0.087 and 0.103.
_VALIDATION_COUNTS = (87, 119, 79, 112, 78, 98, 102, 107, 113, 105)
_TEST_COUNTS = (103, 89, 100, 103, 90, 86, 112, 102, 106, 109)

# Random bits per image: 384 coefficients of 4 bytes each for the texture, then 64 choices of 2 bytes each.
_WORDS = 192 + 16
_TRAIN_KEY, _TEST_KEY, _LABEL_KEY = 231, 232, 233
_DRAWING = "Drawing the stand-in for CIFAR-10"
_BATCH = 50  # so few that what is computed on the way stays in the processor's cache

# Colours of the upper and the lower half of a scene.
_SCENES = np.array(
    [
        [(120, 165, 220), (170, 195, 228)],  # sky
        [(165, 190, 212), (50, 90, 130)],  # sea
        [(140, 165, 130), (95, 135, 60)],  # grass
        [(60, 80, 45), (80, 92, 50)],  # forest
        [(165, 170, 175), (110, 110, 112)],  # road
        [(150, 115, 85), (120, 85, 65)],  # a warm room
        [(180, 178, 172), (135, 130, 128)],  # a grey room
        [(190, 180, 150), (165, 140, 95)],  # dry land
        [(66, 63, 66), (50, 48, 50)],  # a dark place
        [(222, 222, 222), (210, 210, 208)],  # a white one
    ],
    dtype=np.int32,
)

# How well each scene suits a class, in the order above; every scene is possible for every class.
_SCENE_WEIGHTS = (
    (8, 0, 1, 0, 2, 0, 1, 1, 0, 3),  # airplane
    (0, 0, 2, 0, 8, 0, 2, 1, 1, 2),  # automobile
    (3, 2, 3, 4, 0, 0, 1, 2, 0, 1),  # bird
    (0, 0, 1, 1, 0, 6, 4, 1, 2, 1),  # cat
    (0, 0, 5, 6, 0, 0, 0, 4, 1, 0),  # deer
    (0, 0, 4, 0, 1, 4, 3, 2, 1, 1),  # dog
    (0, 1, 3, 5, 0, 2, 0, 3, 2, 0),  # frog
    (2, 0, 6, 2, 1, 1, 0, 4, 0, 0),  # horse
    (3, 11, 0, 0, 0, 0, 1, 0, 1, 0),  # ship
    (1, 0, 1, 0, 8, 0, 2, 2, 0, 2),  # truck
)
_SCENE_OF = np.array([np.repeat(np.arange(10), 5 * np.array(weights) + 2) for weights in _SCENE_WEIGHTS])

# The usual colour of the thing, from which the colour of each image strays.
_BODY = np.array(
    [
        (190, 192, 198), (130, 95, 95), (125, 110, 95), (125, 110, 98), (140, 105, 70),
        (150, 125, 100), (115, 125, 60), (110, 75, 50), (165, 160, 160), (160, 125, 110),
    ],
    dtype=np.int32,
)  # fmt: skip

# How rich in contrast the images of a class are, in 256ths: as in CIFAR-10, birds, deer and frogs are dull, trucks and
# cars are not. Dull images are near to everything, which is why more neighbours don't make kNN better and better.
_CONTRAST = np.array([264, 275, 217, 283, 220, 268, 217, 252, 255, 284], dtype=np.int32)


def load(num_train: int = NUM_TRAIN, num_test: int = NUM_TEST) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the first X_train, y_train, X_test, y_test of the stand-in, which is made on first use and then cached.

    The images are mapped from the file, so they cost memory only where they are looked at, and are read-only. Until
    the stand-in has been made, a few of them are drawn by themselves, so that nobody waits for all of them.
    If the cache folder cannot be written to, they stay in memory, with one line that says so.

    Raises
    ------
    ValueError, OSError, EOFError
        If what is cached is damaged.
    """
    folder = Path(user_cache_dir("cs231n_utils"))
    files = [folder / f"standin-v{_VERSION}-{part}-{checksum:08x}.npy" for part, checksum in _CHECKSUMS.items()]
    there = all(file.is_file() for file in files)
    if not there and num_train + num_test > A_FEW:
        try:
            _make(folder, files)
            there = True
        except OSError as error:
            print(f"The stand-in stays in memory: {folder} cannot be written to ({error.strerror or error}).")
    if there:
        X_train, X_test = (_mapped(file)[:count] for file, count in zip(files, (num_train, num_test), strict=True))
    else:
        X_train, _, X_test, _ = generate(min(num_train, NUM_TRAIN), min(num_test, NUM_TEST))
        X_train.flags.writeable = X_test.flags.writeable = False
    return X_train, _train_labels()[:num_train], X_test, _test_labels()[:num_test]


def _make(folder: Path, files: list[Path]) -> None:
    """Write all images to two files, as they are drawn, and remove what an older version left."""
    folder.mkdir(parents=True, exist_ok=True)
    with progress(None, total=NUM_TRAIN + NUM_TEST, desc=_DRAWING, unit="images") as bar:
        for file, key, labels in zip(files, (_TRAIN_KEY, _TEST_KEY), (_train_labels(), _test_labels()), strict=True):
            header = {"descr": "|u1", "fortran_order": False, "shape": (len(labels), 32, 32, 3)}
            with written_whole(file) as stream:
                np.lib.format.write_array_header_1_0(stream, header)
                for start in range(0, len(labels), _BATCH):
                    images = draw(key, start, labels[start : start + _BATCH])
                    stream.write(images.data)
                    bar.update(len(images))
    for file in {*folder.glob("standin-*.npy")} - {*files}:
        file.unlink(missing_ok=True)


def _mapped(file: Path) -> np.memmap:
    """The images in a file, mapped; a ValueError if they are not those that its name promises."""
    images = cast(np.memmap, np.load(file, mmap_mode="r", allow_pickle=False))
    checksum = 0
    with file.open("rb") as stream:  # not through the map, whose pages would count as memory of this process
        stream.seek(images.offset)
        while chunk := stream.read(2**20):
            checksum = zlib.crc32(chunk, checksum)
    if not file.stem.endswith(f"-{checksum:08x}"):
        raise ValueError(f"{file} is damaged")
    return images


def generate(
    num_train: int = NUM_TRAIN, num_test: int = NUM_TEST, verbose: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Make the first images of the stand-in.

    Parameters
    ----------
    num_train, num_test : int
        How many, up to 50,000 and 10,000. A smaller set is the beginning of the larger one.
    verbose : bool
        Show a progress bar.

    Returns
    -------
    X_train, y_train, X_test, y_test
        Images (N, 32, 32, 3) uint8, and labels (N,) int64 in 0..9.

    Raises
    ------
    ValueError
        If more images are asked for than there are.
    """
    if not (0 <= num_train <= NUM_TRAIN and 0 <= num_test <= NUM_TEST):
        raise ValueError(f"the stand-in has {NUM_TRAIN:,} training and {NUM_TEST:,} test images")
    y_train, y_test = _train_labels()[:num_train], _test_labels()[:num_test]
    X_train, X_test = (np.empty((len(y), 32, 32, 3), dtype=np.uint8) for y in (y_train, y_test))
    jobs = [
        (key, X, y, start)
        for key, X, y in ((_TRAIN_KEY, X_train, y_train), (_TEST_KEY, X_test, y_test))
        for start in range(0, len(y), _BATCH)
    ]
    for key, X, y, start in progress(jobs, desc=_DRAWING, unit="parts", disable=not verbose):
        X[start : start + _BATCH] = draw(key, start, y[start : start + _BATCH])
    return X_train, y_train, X_test, y_test


def _train_labels() -> np.ndarray:
    """Return 5000 labels of each class in a fixed shuffled order."""
    last = np.repeat(np.arange(10), _VALIDATION_COUNTS)
    first = np.repeat(np.arange(10), 5000 - np.array(_VALIDATION_COUNTS))
    return np.concatenate([_shuffled(first, 0), _shuffled(last, 1)])


def _test_labels() -> np.ndarray:
    """Return 1000 labels of each class in a fixed shuffled order."""
    first = np.repeat(np.arange(10), _TEST_COUNTS)
    rest = np.repeat(np.arange(10), 1000 - np.array(_TEST_COUNTS))
    return np.concatenate([_shuffled(first, 2), _shuffled(rest, 3)])


def _shuffled(labels: np.ndarray, stream: int) -> np.ndarray:
    order = np.argsort(_random_words(_LABEL_KEY, stream << 32, len(labels)), kind="stable")
    return labels[order].astype(np.int64)


def _random_words(key: int, counter: int, count: int) -> np.ndarray:
    """Return random 64-bit words; each step of the counter yields four of them."""
    return np.random.Philox(key=key, counter=counter).random_raw(count)


def draw(key: int, start: int, labels: np.ndarray) -> np.ndarray:
    """Return the images start, start + 1, ... of a stream, (N, 32, 32, 3) uint8, for the labels given."""
    count = len(labels)
    words = _random_words(key, start * _WORDS // 4, count * _WORDS).reshape(count, _WORDS)
    raw = words.astype("<u8").view(np.uint8).reshape(count, 8 * _WORDS)
    choices = raw[:, 1536:].copy().view("<u2").astype(np.int32)  # 64 whole numbers in 0..65535
    bell = _bell_curve(raw[:, :1536])

    light, red_green, blue_yellow = _textures(bell)
    scene = _scene(labels, choices)
    parts = _parts(labels, choices)
    colours = _part_colours(labels, choices)

    texture = light * _between(choices[:, 0], 96, 320)[:, None, None] >> 8  # some scenes are calm, some busy
    scene += texture[..., None]
    scene[..., 0] += red_green
    scene[..., 1] -= red_green + blue_yellow >> 1
    scene[..., 2] += blue_yellow

    # Each pixel is made of 2 x 2 points; it takes the colours of the parts they fall on, a quarter each.
    image = scene * (4 - cast(np.ndarray, sum(parts)))[..., None]
    for covered, colour in zip(parts, colours, strict=True):
        image += covered[..., None] * (colour[:, None, None, :] + (texture >> 1)[..., None])

    contrast = (_between(choices[:, 1], 168, 312) * _CONTRAST[labels] >> 8)[:, None, None, None]
    image = ((image - 4 * 120) * contrast >> 10) + 120
    pixels: np.ndarray = np.clip(image, 0, 255).astype(np.uint8)
    return pixels


def _bell_curve(raw: np.ndarray) -> np.ndarray:
    """Return sums of four random bytes, less their mean: close to normal, standard deviation 148."""
    quarters = np.split(raw.astype(np.int16), 4, axis=1)
    return quarters[0] + quarters[1] + quarters[2] + quarters[3] - 510


def _between(choice: np.ndarray, low: int, high: int) -> np.ndarray:
    """Turn a choice in 0..65535 into a whole number in low..high - 1."""
    return low + (choice * (high - low) >> 16)


def _cosines() -> np.ndarray:
    """Return the cosine transform's 32 x 16 table in whole 1024ths (no entry is close to a half)."""
    angles = [[math.pi * (2 * x + 1) * u / 64 for u in range(16)] for x in range(32)]
    return np.array([[round(1024 * math.cos(angle)) for angle in row] for row in angles], dtype=float)


def _amplitudes(size: int, scale: int) -> np.ndarray:
    """Return size x size amplitudes that fall as 1 / frequency, as they do in photographs; 0 for the mean."""
    table = np.zeros((size, size))
    for u, v in np.ndindex(size, size):
        if u or v:
            table[u, v] = round(scale / math.sqrt(u * u + v * v))
    return table


_COSINES = _cosines()
_LIGHT, _CHROMA = _amplitudes(16, 256), _amplitudes(8, 64)


def _textures(bell: np.ndarray) -> list[np.ndarray]:
    """Return a smooth random field of light and two of colour, each (N, 32, 32) int32."""
    fields = []
    for first, size, amplitude in ((0, 16, _LIGHT), (256, 8, _CHROMA), (320, 8, _CHROMA)):
        waves = bell[:, first : first + size * size].reshape(-1, size, size) * amplitude
        table = _COSINES[:, :size]
        # Below 2**50, so exact; the power of two brings it to grey levels.
        field = table @ waves @ table.T
        fields.append(np.floor(field * 2.0**-30).astype(np.int32))
    return fields


def _scene(labels: np.ndarray, choices: np.ndarray) -> np.ndarray:
    """Return the backgrounds without texture: two colours that meet at a horizon. (N, 32, 32, 3) int32."""
    kind = _SCENE_OF[labels, _between(choices[:, 5], 0, _SCENE_OF.shape[1])]
    colours = _SCENES[kind] + _stray(choices, 6, light=18, colour=10)[:, None, :]
    horizon, softness = _between(choices[:, 10], 6, 26), _between(choices[:, 11], 1, 13)
    rows = np.arange(32, dtype=np.int32)
    lower = np.clip((rows - horizon[:, None]) * 256 // softness[:, None], 0, 256)  # (N, 32)
    upper_colour, lower_colour = colours[:, None, 0], colours[:, None, 1]
    column = upper_colour + ((lower_colour - upper_colour) * lower[..., None] >> 8)
    return np.repeat(column[:, :, None, :], 32, axis=2)


def _stray(choices: np.ndarray, first: int, light: int, colour: int) -> np.ndarray:
    """Return random shifts of colour (N, 3), with these standard deviations in light and in each channel."""
    # Four choices: one for the light, three for the channels. A choice in -32768..32767 has deviation 18919.
    centred = choices[:, first : first + 4] - 32768
    noise: np.ndarray = (centred[:, :1] * light + centred[:, 1:] * colour) // 18919
    return noise


def _part_colours(labels: np.ndarray, choices: np.ndarray) -> list[np.ndarray]:
    """Return the colours of parts 1 to 4, each (N, 3)."""
    body = _BODY[labels] + _stray(choices, 12, light=48, colour=22)
    second = (body + _BODY[labels] >> 1) + _stray(choices, 16, light=36, colour=16)
    dark = 36 + _stray(choices, 20, light=14, colour=5)
    light = 205 + _stray(choices, 24, light=24, colour=8)
    return [body, second, dark, light]


_SHEETS = sheets()


def _parts(labels: np.ndarray, choices: np.ndarray) -> list[np.ndarray]:
    """Return for parts 1 to 4 how many of the 4 points of each pixel they cover, each (N, 32, 32) int32."""
    drawing = _SHEETS[labels * POSES + _between(choices[:, 28], 0, POSES)]
    mirror = 1 - 2 * (choices[:, 29] & 1)
    zoom = _between(choices[:, 30], 200, 400)  # in 256ths of a sheet's point for one of ours: more is smaller
    stretch = _between(choices[:, 31], 216, 300)
    slant, tilt = _between(choices[:, 32], -50, 51), _between(choices[:, 33], -36, 37)
    across, down = _between(choices[:, 34], -11, 12), _between(choices[:, 35], -9, 10)

    point = 2 * np.arange(64, dtype=np.int32) - 63  # in half points from the middle
    dx = (point - 2 * across[:, None])[:, None, :]
    dy = (point - 2 * down[:, None])[:, :, None]

    def scaled(factor: np.ndarray, by: np.ndarray) -> np.ndarray:
        product: np.ndarray = factor * by >> 8
        return product[:, None, None]

    x = 32 + (scaled(zoom * mirror, stretch) * dx + scaled(zoom, slant) * dy >> 9)
    y = 32 + (scaled(zoom, tilt) * dx + zoom[:, None, None] * dy >> 9)
    # The sheets have an empty frame, so everything beyond the edge falls on nothing.
    place = (np.clip(y, -1, 64) + 1) * 66 + np.clip(x, -1, 64) + 1
    found = np.take_along_axis(drawing.reshape(-1, 66 * 66), place.reshape(-1, 64 * 64), axis=1)
    found = found.reshape(-1, 64, 64)
    counts = []
    for part in (1, 2, 3, 4):
        hit = (found == part).view(np.uint8)
        hit = hit[:, :, 0::2] + hit[:, :, 1::2]
        counts.append((hit[:, 0::2] + hit[:, 1::2]).astype(np.int32))
    return counts
