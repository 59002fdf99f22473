"""What dead leaves lack: fur, letters, wires and fine gratings, drawn over a picture [S, S, 3], float, about 0..1."""
import numpy as np
from PIL import Image, ImageDraw

from training.textures import log_uniform, palette, to_fill

OVERSAMPLING = 2


def draw_over(picture, draw_on):
    """The picture with what draw_on(draw, OVERSAMPLING) draws on a transparent layer of twice its size."""
    side_px = len(picture)
    layer = Image.new("RGBA", (side_px * OVERSAMPLING, side_px * OVERSAMPLING), (0, 0, 0, 0))
    draw_on(ImageDraw.Draw(layer), OVERSAMPLING)
    drawn = np.asarray(layer, np.float32) / 255
    drawn[..., :3] *= drawn[..., 3:]
    drawn = drawn.reshape(side_px, OVERSAMPLING, side_px, OVERSAMPLING, 4).mean((1, 3))
    return picture * (1 - drawn[..., 3:]) + drawn[..., :3]


def opaque(colour):
    return to_fill(colour) + (255,)


def line_width(width_px, scale):
    return max(1, round(width_px * scale))


def strokes(random, picture):
    """Fur or grass: hundreds of short bent strokes that follow one smooth direction."""
    side_px, count = len(picture), int(random.integers(150, 1500))
    colours, main_angle, spread = palette(random, 24), random.uniform(0, 2 * np.pi), random.uniform(0.05, 0.8)
    centre, radius_px = random.uniform(0, side_px, 2), random.uniform(40, side_px / 1.5)
    length_px, width_px = random.uniform(5, 45), random.uniform(0.5, 2.2)

    def draw_on(draw, scale):
        for _ in range(count):
            x, y = centre + random.normal(size=2) * radius_px * 0.5
            angle = main_angle + random.normal() * spread + (x - y) / side_px
            bend = random.normal() * 0.08
            points = []
            for _ in range(6):
                points.append((x * scale, y * scale))
                x, y = x + length_px / 5 * np.cos(angle), y + length_px / 5 * np.sin(angle)
                angle = angle + bend * 3
            draw.line(points, fill=opaque(colours[random.integers(24)]), width=line_width(width_px, scale))

    return draw_over(picture, draw_on)


def letter(random, draw, box, *, fill, width):
    """A made-up letter of two to four strokes or arcs. box: x, y, width, height in drawing units; width of the pen."""
    x, y, across, down = box
    for _ in range(random.integers(2, 5)):
        lattice = random.integers(0, 3, 4) * np.array([across / 2, down / 2, across / 2, down / 2])
        x0, y0, x1, y1 = [float(value) for value in lattice + np.array([x, y, x, y])]
        if random.random() < 0.3:
            bounds = [min(x0, x1), min(y0, y1), max(x0, x1) + OVERSAMPLING, max(y0, y1) + OVERSAMPLING]
            draw.arc(bounds, random.integers(0, 360), random.integers(360, 600), fill=fill, width=width)
        else:
            draw.line([x0, y0, x1, y1], fill=fill, width=width)


def glyphs(random, picture):
    """Rows of made-up letters, mostly on paper."""
    side_px, height_px = len(picture), random.uniform(6, 34)
    left, top = random.uniform(0, side_px * 0.5), random.uniform(0, side_px * 0.7)
    ink, paper = palette(random, 2)
    pen_px = max(0.7, height_px * random.uniform(0.06, 0.2))
    rows, per_row = int(random.integers(1, 7)), int(random.integers(4, 30))
    has_paper = random.random() < 0.6

    def draw_on(draw, scale):
        if has_paper:
            right, bottom = left + per_row * height_px * 0.85, top + rows * height_px * 1.6
            sheet = [(left - height_px) * scale, (top - height_px) * scale, right * scale, bottom * scale]
            draw.rectangle(sheet, fill=opaque(paper))
        for row in range(rows):
            for column in range(per_row):
                if random.random() > 0.12:
                    x, y = left + column * height_px * 0.8, top + row * height_px * 1.6
                    box = [value * scale for value in (x, y, height_px * 0.55, height_px)]
                    letter(random, draw, box, fill=opaque(ink), width=line_width(pen_px, scale))

    return draw_over(picture, draw_on)


def wires(random, picture):
    """A bundle of thin lines, parallel or fanned; sometimes a second one across (bricks, fences)."""
    side_px, count = len(picture), int(random.integers(3, 40))
    angle, gap_px = random.uniform(0, np.pi), log_uniform(random, 3, 30)
    fan = random.normal() * 0.01
    centre, colours, width_px = random.uniform(0, side_px, 2), palette(random, 2), log_uniform(random, 0.5, 3.0)
    angles = [angle, angle + np.pi / 2] if random.random() < 0.4 else [angle]
    half_px = side_px * 0.8

    def draw_on(draw, scale):
        for across in angles:
            for number in range(count):
                from_middle = number - count / 2
                turned = across + fan * from_middle
                x = centre[0] - np.sin(across) * gap_px * from_middle
                y = centre[1] + np.cos(across) * gap_px * from_middle
                dx, dy = half_px * np.cos(turned), half_px * np.sin(turned)
                ends = [(x - dx) * scale, (y - dy) * scale, (x + dx) * scale, (y + dy) * scale]
                colour = colours[number % 2 if fan > 0 else 0]
                draw.line(ends, fill=opaque(colour), width=line_width(width_px, scale))

    return draw_over(picture, draw_on)


def grating(random, picture):
    """Stripes or a checkerboard inside an ellipse, hard or soft, up to nearly one line per pixel."""
    side_px = len(picture)
    y, x = np.mgrid[0:side_px, 0:side_px].astype(np.float32)
    angle, frequency = random.uniform(0, np.pi), log_uniform(random, 0.02, 0.42)
    wave = np.sin(2 * np.pi * frequency * (np.cos(angle) * x + np.sin(angle) * y))
    if random.random() < 0.3:
        wave = wave * np.sin(2 * np.pi * frequency * (-np.sin(angle) * x + np.cos(angle) * y))
    wave = np.clip(wave * np.exp(random.uniform(0, 1.8)) * (0.35 / max(frequency, 0.1)), -1, 1)
    centre, radii = random.uniform(0, side_px, 2), random.uniform(side_px / 10, side_px / 3, 2)
    distance = np.sqrt(((x - centre[0]) / radii[0]) ** 2 + ((y - centre[1]) / radii[1]) ** 2)
    mask = np.clip((1 - distance) * radii.min(), 0, 1)[..., None]
    first, second = palette(random, 2)
    striped = (first + second) / 2 + (first - second) / 2 * wave[..., None]
    return picture * (1 - mask) + striped * mask
