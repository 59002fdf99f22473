"""The dead leaves model of natural pictures (Lee, Mumford, Huang 2001): shapes of all sizes that cover one another.

Sizes follow a power law, as those of things in photographs do. Every leaf has its own colour and texture.
"""
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from training.textures import log_uniform, palette, texture

OVERSAMPLING = 3  # leaves are drawn this many times as large, then made smaller
MOST_LEAVES, FEWEST_LEAVES, TEXTURES = 1600, 60, 6
ELLIPSE, STROKE = 0, 4  # kinds of leaves; the other three of five are polygons


@dataclass
class Box:
    """The part of a picture that one leaf may cover, in pixels."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def around(cls, x, y, radius_px, side_px):
        return cls(int(max(0, x - radius_px - 2)), int(max(0, y - radius_px - 2)),
                   int(min(side_px, x + radius_px + 3)), int(min(side_px, y + radius_px + 3)))

    @property
    def size(self):
        return self.right - self.left, self.bottom - self.top


def draw_leaf(random, draw, kind, x, y, radius):
    """One leaf, in units of the oversampled drawing."""
    if kind == ELLIPSE:
        other = radius * random.uniform(0.3, 1)
        draw.ellipse([x - radius, y - other, x + radius, y + other], fill=255)
    elif kind == STROKE:
        angle = random.uniform(0, np.pi)
        dx, dy = radius * np.cos(angle), radius * np.sin(angle)
        width = max(1, int(radius * random.uniform(0.05, 0.3)))
        draw.line([x - dx, y - dy, x + dx, y + dy], fill=255, width=width)
    else:
        corners = random.integers(3, 8)
        angles = np.sort(random.uniform(0, 2 * np.pi, corners))
        radii = radius * random.uniform(0.4, 1, corners)
        draw.polygon([(x + r * np.cos(a), y + r * np.sin(a)) for r, a in zip(radii, angles)], fill=255)


def leaf_mask(random, kind, box, x, y, radius_px):
    """How far a leaf covers the pixels of its box: [h, w, 1], 0..1, antialiased, sometimes blurred."""
    width_px, height_px = box.size
    mask = Image.new("L", (width_px * OVERSAMPLING, height_px * OVERSAMPLING), 0)
    centre = (x - box.left) * OVERSAMPLING, (y - box.top) * OVERSAMPLING
    draw_leaf(random, ImageDraw.Draw(mask), kind, *centre, radius_px * OVERSAMPLING)
    mask = mask.resize((width_px, height_px), Image.BOX)
    if random.random() < 0.15:
        mask = mask.filter(ImageFilter.GaussianBlur(random.uniform(0.5, 2.5)))
    return np.asarray(mask, np.float32)[..., None] / 255


def leaf_radii_px(random, side_px):
    """Radii with a power-law density, as many as cover the picture one to four times."""
    smallest, largest = log_uniform(random, 1.5, 9), side_px * random.uniform(0.15, 0.45)
    exponent = random.uniform(0.9, 2.0)
    chance = random.random(MOST_LEAVES)
    from_power, to_power = smallest ** -exponent, largest ** -exponent
    radii = (from_power + chance * (to_power - from_power)) ** (-1 / exponent)
    area = side_px * side_px * random.uniform(1.0, 4.0)
    return radii[:max(FEWEST_LEAVES, int(np.searchsorted(np.cumsum(2 * radii * radii), area)))]


def dead_leaves(random, side_px):
    """float32 RGB [side, side, 3], about 0..1."""
    radii = leaf_radii_px(random, side_px)
    ground = np.tile(palette(random, 1)[0], (side_px, side_px, 1)).astype(np.float32)
    picture = ground + texture(random, side_px, side_px)[..., None].astype(np.float32)
    textures = [texture(random, side_px, side_px).astype(np.float32) for _ in range(TEXTURES)]
    colours = palette(random, len(radii)).astype(np.float32)
    radii = np.sort(radii)[::-1] if random.random() < 0.6 else radii
    for radius_px, colour in zip(radii, colours):
        x, y = random.uniform(0, side_px, 2)
        box = Box.around(x, y, radius_px, side_px)
        if min(box.size) < 2:
            continue
        mask = leaf_mask(random, random.integers(0, 5), box, x, y, radius_px)
        part = np.s_[box.top:box.bottom, box.left:box.right]
        detail = textures[random.integers(0, TEXTURES)][part][..., None] * random.uniform(0, 1.2)
        picture[part] = picture[part] * (1 - mask) + (colour + detail) * mask
    return picture
