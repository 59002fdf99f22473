"""What subjects stand in front of: studio, clutter, table, clouds, sky, planks; with other things in it, often blurred.

Pictures are float [192, 192, 3], about 0..1.
"""
import numpy as np
from PIL import ImageDraw, ImageFilter

from training.outlines import bounds
from training.painting import paint
from training.subjects import KINDS
from training.surfaces import OVERSAMPLING, SIDE_PX, SMOOTH, X, Y, noise, piece_of_scene, ramp, to_pil, tone
from training.textures import FULL_TURN, palette, to_fill


def studio(random, colours):
    lit = colours[0] + ramp(random) * (colours[1] - colours[0]) * random.uniform(0, 0.6)
    return lit + random.uniform(0, 0.05) * noise(random, 1.9)[..., None]


def clutter(random, scenes):
    piece = piece_of_scene(random, scenes)
    return piece.mean((0, 1)) + (piece - piece.mean((0, 1))) * random.uniform(0.3, 1)


def wall_and_table(random, colours):
    edge = random.uniform(0.1, 0.35) * random.choice([-1, 1]) + random.normal() * 0.2 * X
    table = np.clip((Y - edge) * SIDE_PX / np.exp(random.uniform(0, 2.5)), 0, 1)[..., None]
    wall = colours[0] + ramp(random) * 0.2 * random.normal()
    return wall * (1 - table) + table * (colours[1] + 0.12 * random.random() * noise(random)[..., None])


def clouds(random, colours):
    contrast = random.uniform(0.05, 0.35)
    share = np.clip(0.5 + contrast * noise(random, random.choice([1.4, 1.9, 2.4])), 0, 1)
    return colours[0] + (colours[1] - colours[0]) * share[..., None]


def sky_and_ground(random, colours):
    down = ((Y + 0.5) ** random.uniform(0.6, 2.5))[..., None]
    sky = colours[0] * (1 - down) + colours[1] * down
    sky = sky * random.uniform(0.4, 1) if random.random() < 0.4 else sky
    horizon = random.uniform(0.25, 0.5)
    ground = np.clip((Y - horizon - 0.03 * noise(random, 1.9)) * SIDE_PX / 2, 0, 1)[..., None]
    if random.random() < 0.7:
        return sky * (1 - ground) + ground * colours[2] * random.uniform(0.1, 0.8)
    return sky


def planks_or_stripes(random, colours, planks):
    angle, count = random.normal() * 0.6, random.uniform(2, 9)
    across = Y * np.cos(angle) + X * np.sin(angle)
    grain = noise(random, 1.4)
    if planks:
        pattern = np.abs(np.sin(3.14 * count * across)) ** 0.1
    else:
        pattern = 0.5 + 0.5 * np.sin(FULL_TURN * count * across + noise(random, SMOOTH))
    colour = colours[0] + (colours[1] - colours[0]) * 0.5 * np.clip(grain * 0.3 + 0.5, 0, 1)[..., None]
    return colour * (random.uniform(0.3, 0.9) + 0.5 * pattern[..., None])


def empty_backdrop(random, scenes):
    """One of the kinds, with nothing in it."""
    kind = random.choice(7, p=[0.16, 0.2, 0.16, 0.12, 0.2, 0.08, 0.08])
    colours = palette(random, 3).astype(np.float32)
    if kind == 1:
        return clutter(random, scenes)
    if kind >= 5:
        return planks_or_stripes(random, colours, planks=kind == 5)
    return {0: studio, 2: wall_and_table, 3: clouds, 4: sky_and_ground}[kind](random, colours)


def masts(random, picture):
    """Thin poles, and lamps with light in them."""
    side = SIDE_PX * OVERSAMPLING
    image = to_pil(picture).resize((side, side))
    draw = ImageDraw.Draw(image)
    for _ in range(random.integers(1, 8)):
        x, top = random.uniform(0, side), random.uniform(0, 0.8) * side
        colour = to_fill(tone(random, random.choice(["dark", "any"])))
        draw.line([(x, top), (x + random.normal() * 15, side)], fill=colour, width=int(random.integers(1, 6)))
    for _ in range(random.integers(0, 9)):
        x, y, radius = random.uniform(0, side), random.uniform(0.6, 1) * side, random.uniform(1, 9)
        colour = 255, int(random.uniform(200, 255)), int(random.uniform(120, 255))
        draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour)
    return np.asarray(image.reduce(OVERSAMPLING), np.float32) / 255


def distractor(random, scenes, picture):
    """Some other thing, small or cut by the frame; it belongs to the background."""
    parts = KINDS[random.choice(len(KINDS))](random)
    low, high = bounds(parts)
    size, side = random.uniform(0.2, 0.8) / (high - low).max(), random.integers(0, 4)
    corners = [(random.uniform(-0.1, 0.2), random.random()), (random.uniform(0.8, 1.1), random.random()),
               (random.random(), random.uniform(-0.1, 0.15)), (random.random(), random.uniform(0.3, 0.9))]
    middle = np.concatenate([outline for outline, _ in parts]).mean(0)
    parts = [((outline - middle) * size + corners[side], role) for outline, role in parts]
    return paint(random, scenes, picture, parts[:6], detail=False)[0]


def backdrop(random, scenes, mast_chance=0.0):
    """Everything behind the subject. mast_chance: of masts beyond the usual one in five."""
    more_masts = mast_chance > 0 and random.random() < mast_chance
    picture = empty_backdrop(random, scenes)
    picture = masts(random, np.clip(picture, 0, 1)) if more_masts else picture
    picture = np.clip(picture, 0, 1).astype(np.float32)
    if random.random() < 0.22:
        picture = masts(random, picture)
    for _ in range(random.integers(1, 7) if random.random() < 0.55 else 0):
        picture = distractor(random, scenes, picture)
    if random.random() < 0.6:
        defocused = to_pil(picture).filter(ImageFilter.GaussianBlur(random.uniform(1.5, 9)))
        picture = np.asarray(defocused, np.float32) / 255
    return picture
