"""Paints subjects over pictures and keeps the true matte. Pictures float [192, 192, 3], mattes [192, 192, 1], 0..1."""
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from training.outlines import blob
from training.surfaces import OVERSAMPLING, ROLES, SIDE_PX, draw_mask, round_shade, surface, tone
from training.textures import FULL_TURN, log_uniform

OWN_SURFACE = ("skin", "dark", "hair")  # roles that never share the surface of the part before


def paint(random, scenes, picture, parts, detail=True):
    """The parts over the picture, with details on them if wanted -> picture and matte."""
    edge_px = random.uniform(0, 1.0)
    matte, backdrop = np.zeros((SIDE_PX, SIDE_PX, 1), np.float32), picture.mean((0, 1))
    base, own_chance = None, random.uniform(0.3, 1)
    for outline, role in parts:
        if base is None or (role != "same" and (role in OWN_SURFACE or random.random() < own_chance)):
            base = surface(random, scenes, role, backdrop)
        mask = draw_mask(outline, edge_px)
        picture = picture * (1 - mask) + mask * np.clip(base * round_shade(random, mask), 0, 1)
        matte = np.maximum(matte, mask)
    return (details(random, scenes, picture, matte, backdrop) if detail else picture), matte


def details(random, scenes, picture, matte, backdrop):
    """Eyes, patches, buttons, highlights inside the outline: they never change the matte."""
    rows, columns = np.nonzero(matte[..., 0] > 0.9)
    count = random.integers(1, 9) if len(rows) and random.random() < 0.75 else 0
    for _ in range(count):
        at = random.integers(len(rows))
        radius = np.sqrt(len(rows)) / SIDE_PX * log_uniform(random, 0.03, 0.3)
        outline = blob(random, columns[at] / SIDE_PX, rows[at] / SIDE_PX, radius, radius * random.uniform(0.2, 1), 0.1,
                       random.uniform(0, 3.14))
        mask = draw_mask(outline) * matte
        if random.random() < 0.5:
            colour = surface(random, scenes, random.choice(ROLES), backdrop)
        else:
            colour = tone(random, random.choice(ROLES))
        shade = round_shade(random, mask) if random.random() < 0.5 else 1
        picture = picture * (1 - mask) + mask * np.clip(colour, 0, 1) * shade
    return picture


def fur(random, picture, matte):
    """Short hairs across the outline, in the colour of the subject nearby -> picture and matte."""
    rows, columns = np.nonzero((matte[..., 0] > 0.2) & (matte[..., 0] < 0.8))
    if len(rows) == 0:
        return picture, matte
    layer = Image.new("L", (SIDE_PX * OVERSAMPLING, SIDE_PX * OVERSAMPLING), 0)
    draw = ImageDraw.Draw(layer)
    for at in random.integers(0, len(rows), random.integers(40, 300)):
        angle, length = random.uniform(0, FULL_TURN), random.uniform(2, 8) * OVERSAMPLING
        x, y = columns[at] * OVERSAMPLING, rows[at] * OVERSAMPLING
        end = x + length * np.cos(angle), y + length * np.sin(angle)
        draw.line([(x, y), end], fill=int(random.uniform(120, 255)), width=1)
    hairs = np.asarray(layer.reduce(OVERSAMPLING), np.float32)[..., None] / 255
    colour = np.clip(blur_levels(picture * matte) / (blur_levels(matte[..., 0])[..., None] + 1), 0, 1)
    return picture * (1 - hairs) + colour * hairs, np.maximum(matte, hairs)


def blur_levels(values):
    """0..1 -> blurred by 6 pixels, 0..255, float32."""
    image = Image.fromarray((values * 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(6)), np.float32)
