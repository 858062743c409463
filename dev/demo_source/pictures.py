"""Pictures drawn by code, as PNG: faces for profiles, an e-bike in a landscape."""

import colorsys
import hashlib
import math
import random
import struct
import zlib
from functools import lru_cache

AVATAR = 96
PHOTO = 400, 260


@lru_cache(maxsize=1000)
def avatar(seed: str) -> bytes:
    """Head and shoulders, in colours that depend on ``seed``."""
    rng = _rng(seed)
    ground = _colour(rng.random(), 0.35, 0.92)
    shirt = _colour(rng.random(), 0.6, 0.65)
    skin = rng.choice(
        ((255, 224, 196), (241, 194, 155), (198, 134, 92), (141, 85, 54), (92, 58, 40))
    )
    hair = rng.choice(((40, 30, 25), (96, 62, 38), (196, 154, 84), (150, 150, 155)))
    brim = rng.choice((0.24, 0.3, 0.36))
    side = rng.choice((0.0, 0.05, 0.1))
    rows = []
    for y in range(AVATAR):
        row = bytearray()
        for x in range(AVATAR):
            u, v = x / AVATAR - 0.5, y / AVATAR
            head = math.hypot(u, (v - 0.42) * 0.9) - 0.2
            cap = math.hypot(u, (v - 0.38) * 0.95) - 0.225 - side * (v < 0.5)
            body = math.hypot(u, (v - 1.08) * 0.95) - 0.4
            colour = ground
            colour = _blend(colour, shirt, body)
            if v < brim + 0.12 + side:
                colour = _blend(colour, hair, cap)
            if v > brim:
                colour = _blend(colour, skin, head)
            row += bytes(colour)
        rows.append(bytes(row))
    return _png(AVATAR, AVATAR, rows)


@lru_cache(maxsize=60)
def photo(seed: str) -> bytes:
    """Hills, a sun and a bike; hills and colours depend on ``seed``."""
    rng = _rng(seed)
    width, height = PHOTO
    hue = rng.uniform(0.02, 0.62)
    top, low = _colour(hue, 0.45, 0.85), _colour(hue + 0.08, 0.2, 1)
    sun = rng.uniform(0.15, 0.85) * width, rng.uniform(0.12, 0.35) * height
    hills = [
        (
            rng.uniform(0.45, 0.75),
            rng.uniform(20, 60),
            rng.uniform(0.008, 0.02),
            rng.uniform(0, 6),
            _colour(0.3 + rng.uniform(-0.06, 0.06), 0.45, 0.75 - 0.16 * number),
        )
        for number in range(3)
    ]
    frame = _colour(rng.random(), 0.75, 0.55)
    place = rng.randint(130, 270), 205
    rows = []
    for y in range(height):
        sky = _mix(top, low, y / height)
        row = bytearray()
        for x in range(width):
            colour = sky
            if (x - sun[0]) ** 2 + (y - sun[1]) ** 2 < 700:
                colour = (255, 244, 214)
            for level, size, pace, shift, green in hills:
                if y > level * height + size * math.sin(x * pace + shift) / 2:
                    colour = green
            if y > 228:
                colour = (96, 92, 88)
            row += bytes(_bike(x - place[0], y - place[1], frame) or colour)
        rows.append(bytes(row))
    return _png(width, height, rows)


# Lines of the frame: from, to, half the thickness; the wheels stand at x = ±46.
_LINES = (
    ((-46, 0), (-18, -40), 2.5),
    ((-46, 0), (-6, 0), 2.5),
    ((-6, 0), (-18, -40), 3),
    ((-6, 0), (30, -38), 4),
    ((-18, -40), (30, -38), 3),
    ((30, -50), (46, 0), 2.5),
    ((30, -50), (20, -56), 2.5),
    ((-26, -44), (-10, -44), 3),
)


def _bike(x, y, frame):
    """The colour of the bike at a place, None beside it."""
    if abs(x) > 80 or not -60 < y < 32:
        return None
    for wheel in (-46, 46):
        if 24 < math.hypot(x - wheel, y) < 29:
            return (30, 30, 34)
    for (ax, ay), (bx, by), thick in _LINES:
        dx, dy = bx - ax, by - ay
        share = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)
        share = min(1, max(0, share))
        if math.hypot(x - ax - share * dx, y - ay - share * dy) < thick:
            return frame
    return None


def _rng(seed):
    return random.Random(hashlib.md5(seed.encode(), usedforsecurity=False).digest())


def _colour(hue, saturation, value):
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return int(red * 255), int(green * 255), int(blue * 255)


def _mix(one, other, share):
    return tuple(int(a + (b - a) * share) for a, b in zip(one, other, strict=True))


def _blend(ground, colour, distance):
    """``colour`` inside a shape (distance < 0), with a soft edge of a pixel."""
    share = min(1, max(0, 0.5 - distance * AVATAR))
    return _mix(ground, colour, share) if share else ground


def _png(width, height, rows):
    def chunk(kind, data):
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", pixels)
        + chunk(b"IEND", b"")
    )
