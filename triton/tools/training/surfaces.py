"""Colours and light of subjects and backdrops: float arrays [192, 192, 3] or [192, 192, 1], about 0..1.

`scenes` is uint8 [count, S, S, 3] from training.scenes; pieces of them serve as textures.
"""
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from training.textures import FULL_TURN, palette, power_noise, to_image

SIDE_PX = 192
OVERSAMPLING = 2
Y, X = np.mgrid[0:SIDE_PX, 0:SIDE_PX].astype(np.float32) / SIDE_PX - 0.5  # -0.5..0.5
BETAS = (0.6, 1.0, 1.4, 1.9, 2.4)
FIELDS_PER_BETA = 10
ROLES = ("any", "dark", "metal", "cloth", "skin")
SMOOTH = 2.4  # beta of noise without detail


@cache
def noise_bank():
    """A few fields of noise for each of BETAS: drawing new ones each time would take most of the time."""
    random = np.random.default_rng(5)
    return [[power_noise(random, SIDE_PX, SIDE_PX, beta) for _ in range(FIELDS_PER_BETA)] for beta in BETAS]


def noise(random, beta=None):
    """A field of noise [S, S] with the nearest of BETAS, or any of them: shifted, mirrored, transposed at random."""
    if beta is None:
        kind = random.integers(0, len(BETAS))
    else:
        kind = int(np.argmin(np.abs(np.array(BETAS) - beta)))
    field = noise_bank()[kind][random.integers(FIELDS_PER_BETA)]
    field = np.roll(field, random.integers(0, SIDE_PX, 2), (0, 1))
    field = field[::random.choice([-1, 1]), ::random.choice([-1, 1])]
    return field.T if random.random() < 0.5 else field


def ramp(random):
    """Light from one side, [S, S, 1], about -1..1."""
    angle = random.uniform(0, FULL_TURN)
    return (X * np.cos(angle) + Y * np.sin(angle))[..., None] * 2


def draw_mask(outline, blur_px=0.0):
    """How far an outline covers each pixel: [S, S, 1], 0..1."""
    side = SIDE_PX * OVERSAMPLING
    mask = Image.new("L", (side, side), 0)
    ImageDraw.Draw(mask).polygon([(float(x) * SIDE_PX * OVERSAMPLING, float(y) * SIDE_PX * OVERSAMPLING)
                                  for x, y in outline], fill=255)
    mask = mask.reduce(OVERSAMPLING)
    return np.asarray(blurred(mask, blur_px), np.float32)[..., None] / 255


def blurred(image, radius_px):
    return image.filter(ImageFilter.GaussianBlur(radius_px)) if radius_px else image


def piece_of_scene(random, scenes, blur_px=0.0):
    """A random square of a random scene, [S, S, 3], 0..1."""
    source = scenes[random.integers(len(scenes))]
    side_px = int(random.uniform(60, 440))
    top, left = random.integers(0, source.shape[0] - side_px + 1, 2)
    image = Image.fromarray(source[top:top + side_px, left:left + side_px]).resize((SIDE_PX, SIDE_PX), Image.BILINEAR)
    return np.asarray(blurred(image, blur_px), np.float32) / 255


def tone(random, role):
    """Base colour of a role, [3]."""
    if role == "skin":
        value = random.uniform(0.2, 0.95)
        return value * np.array([1, random.uniform(0.6, 0.85), random.uniform(0.42, 0.75)], np.float32)
    if role == "hair":
        value = random.uniform(0.05, 0.85)
        return value * np.array([1, random.uniform(0.7, 1), random.uniform(0.35, 1)], np.float32)
    if role == "dark":
        return random.uniform(0, 0.14) * (1 + 0.3 * random.normal(size=3)).clip(0.3, 2).astype(np.float32)
    if role == "metal":
        return random.uniform(0.45, 1) * (1 + 0.04 * random.normal(size=3)).astype(np.float32)
    if role == "cloth" and random.random() < 0.5:  # saturated
        colour = random.random(3) ** 2
        return (colour / colour.max() * random.uniform(0.35, 1)).astype(np.float32)
    return palette(random, 1)[0].astype(np.float32)


def surface(random, scenes, role, backdrop):
    """Colours of one part: its role's tone, or (one in eight) that of the backdrop [3]; texture, stripes, light."""
    colour = tone(random, role)
    if random.random() < 0.13:
        colour = (backdrop + random.normal(size=3) * 0.06).astype(np.float32)
    field = np.broadcast_to(colour, (SIDE_PX, SIDE_PX, 3))
    if role == "hair" or random.random() < 0.25:
        strands = hair_texture(random)
        field = field * (1 + random.uniform(0.05, 0.35) * strands[..., None])
    elif role != "skin" and random.random() < 0.35:
        detail = piece_of_scene(random, scenes, random.uniform(0, 1.5))
        field = field + random.uniform(0.15, 0.9) * (detail - detail.mean((0, 1)))
    if random.random() < 0.15:
        angle, count = random.uniform(0, 3.14), random.uniform(4, 25)
        phase = FULL_TURN * count * (Y * np.cos(angle) + X * np.sin(angle)) + 2 * noise(random, SMOOTH)
        striped = (np.sin(phase) > random.uniform(-0.6, 0.6))[..., None]
        field = np.where(striped, field, tone(random, "any"))
    side_light = random.uniform(0, 0.5) * ramp(random)
    return field * (1 + side_light + random.uniform(0, 0.12) * noise(random, SMOOTH)[..., None])


def hair_texture(random):
    field = noise(random, random.choice([0.6, 1.0, 1.4]))
    step_px = random.integers(1, 5)
    if random.random() < 0.5:
        field = (field + np.roll(field, step_px, 0) + np.roll(field, 2 * step_px, 0)) / 2
    return field


def round_shade(random, mask):
    """Light on a part that bulges, [S, S, 1], about 1; its height is its blurred mask [S, S, 1]."""
    small = Image.fromarray((mask[..., 0] * 255).astype(np.uint8)).reduce(4)
    small = small.filter(ImageFilter.GaussianBlur(random.uniform(1.5, 6)))
    height = np.asarray(small.resize((SIDE_PX, SIDE_PX), Image.BICUBIC), np.float32) / 255
    slope_y, slope_x = np.gradient(height)
    angle, strength = random.uniform(0, FULL_TURN), random.uniform(0, 14)
    base = random.uniform(0.65, 1.05) + 0.4 * height * random.random()
    side = strength * (slope_x * np.cos(angle) + slope_y * np.sin(angle))
    return (base + side).clip(0.15, 1.6)[..., None]


def to_pil(picture):
    """float [S, S, 3], 0..1 -> PIL image."""
    return Image.fromarray(to_image(picture))
