"""Subjects that live: people and animals, as lists of parts (outlines.py) in a frame of 0..1.

What a function draws of `random`, and in which order, is part of what a seed means.
"""
import numpy as np

from training.outlines import blob, trapezoid


def portrait(random):
    """A bust: long hair, shoulders, collar, neck, hair or helmet, face, something held, an arm or a scarf."""
    x, y, head = 0.5, 0.28, random.uniform(0.13, 0.26)
    face, shoulder = head * random.uniform(0.65, 0.85), random.uniform(0.26, 0.5)
    neck_y, aside = y + head * random.uniform(1.0, 1.35), random.normal() * 0.03
    body = shoulders(random, x, neck_y, head=head, face=face, shoulder=shoulder)
    parts = []
    if random.random() < 0.4:
        hair = blob(random, x, y + head * random.uniform(0, 0.6), face * random.uniform(1.1, 1.7),
                    head * random.uniform(1.1, 1.7), 0.12)
        parts.append((hair, "hair"))
    parts.append((body, "cloth"))
    if random.random() < 0.5:
        collar = blob(random, x, neck_y, face * random.uniform(1, 1.9), head * random.uniform(0.3, 0.75), 0.06)
        parts.append((collar, random.choice(["dark", "metal", "any"])))
    neck = trapezoid(x + aside / 2, neck_y - head * 0.1, face * random.uniform(0.5, 0.8),
                     head * random.uniform(0.4, 0.7))
    parts.append((neck, random.choice(["skin", "dark", "any"], p=[0.6, 0.25, 0.15])))
    top = blob(random, x + aside, y - head * random.uniform(0.1, 0.35), face * random.uniform(1.05, 1.5),
               head * random.uniform(0.9, 1.2), 0.12)
    parts.append((top, random.choice(["hair", "dark", "any"])))
    front = blob(random, x + aside, y + head * 0.1, face * random.uniform(0.8, 1), head * random.uniform(0.8, 1), 0.03)
    parts.append((front, "skin"))
    return parts + held_things(random, x, shoulder)


def shoulders(random, x, neck_y, *, head, face, shoulder):
    """From the neck out through the lower border."""
    lower_left, lower_right = [shoulder * random.uniform(0.85, 1.2) for _ in range(2)]
    return np.array([
        (x - face * 0.7, neck_y - head * 0.25), (x - shoulder * 0.75, neck_y + 0.06), (x - shoulder, neck_y + 0.2),
        (x - lower_left, 1.15), (x + lower_right, 1.15),
        (x + shoulder, neck_y + 0.2), (x + shoulder * 0.75, neck_y + 0.06), (x + face * 0.7, neck_y - head * 0.25)])


def held_things(random, x, shoulder):
    parts = []
    if random.random() < 0.4:
        side = random.choice([-1, 1])
        thing = blob(random, x + side * shoulder * 0.8, random.uniform(0.8, 1.05), random.uniform(0.1, 0.26),
                     random.uniform(0.1, 0.28), 0.12)
        parts.append((thing, "any"))
    if random.random() < 0.3:
        arm = blob(random, x + random.normal() * 0.1, random.uniform(0.75, 1), shoulder * 0.8, 0.07, 0.1,
                   random.normal() * 0.5)
        parts.append((arm, random.choice(["cloth", "skin"])))
    return parts


def close_face(random):
    """The head of an animal or a person that fills the frame: ears, cheeks, muzzle."""
    parts, ear = [], random.uniform(0.12, 0.22)
    has_body = random.random() < 0.6
    if has_body:
        body = blob(random, 0.5 + random.normal() * 0.2, 1.0, random.uniform(0.35, 0.6), random.uniform(0.3, 0.5), 0.15)
        parts.append((body, "hair"))
    for side in (-1, 1):
        x = 0.5 + side * random.uniform(0.2, 0.32)
        tip = 0.3 - ear * random.uniform(0.5, 1.8)
        outer = np.array([(x - ear, 0.42), (x + side * ear * 0.5, tip), (x + ear, 0.42)])
        parts.append((outer, "same" if has_body else "hair"))
        if random.random() < 0.5:
            inner = np.array([(x - ear * 0.6, 0.4), (x + side * ear * 0.4, 0.32 - ear * 0.5), (x + ear * 0.6, 0.4)])
            parts.append((inner, "skin"))
    parts.append((blob(random, 0.5, 0.55, random.uniform(0.3, 0.42), random.uniform(0.28, 0.4), 0.1), "hair"))
    muzzle = blob(random, 0.5 + random.normal() * 0.08, 0.72, random.uniform(0.1, 0.22), random.uniform(0.08, 0.18),
                  0.12)
    parts.append((muzzle, random.choice(["same", "any", "skin"])))
    return parts


def animal(random):
    """An animal from the side: legs, tail, body, ears, head, nose."""
    side, across, down = random.choice([-1, 1]), random.uniform(0.2, 0.34), random.uniform(0.13, 0.22)
    x, y, parts = 0.5, 0.55, []
    for _ in range(random.integers(2, 5)):
        leg_x = x + across * random.uniform(-0.9, 0.9)
        leg = trapezoid(leg_x, y + down, random.uniform(0.02, 0.05), down + random.uniform(0.02, 0.14), 1,
                        random.normal() * 0.03)
        parts.append((leg, random.choice(["same", "hair", "dark"])))
    tail = blob(random, x - side * across, y - down * 0.3, random.uniform(0.1, 0.2), random.uniform(0.015, 0.05), 0.2,
                random.normal())
    parts.append((tail, "hair"))
    parts.append((blob(random, x, y, across, down, 0.12), random.choice(["same", "hair", "any"])))
    head_x, head_y = x + side * across, y - down * random.uniform(0.2, 1.2)
    head = random.uniform(0.09, 0.15)
    for ear in (-1, 1):
        tip_y = head_y - head * random.uniform(1.0, 1.8)
        outline = [(head_x + ear * head * 0.8, head_y), (head_x + ear * head, tip_y),
                   (head_x + ear * head * 0.1, head_y - head * 0.7)]
        parts.append((np.array(outline), "same"))
    skull = blob(random, head_x, head_y, head, head * 0.9, 0.1)
    parts.append((skull, random.choice(["same", "hair", "any"])))
    nose = blob(random, head_x + side * head * 0.6, head_y + head * 0.3, head * 0.5, head * 0.4, 0.1)
    return parts + [(nose, "any")]


def figure(random):
    """A standing person: legs, arms, body, hair, face."""
    parts, width = [], random.uniform(0.08, 0.13)
    for side in (-1, 1):
        leg_x = 0.5 + side * width * random.uniform(0.3, 0.9)
        leg = trapezoid(leg_x, 0.8, width * 0.42, 0.22, 1, -side * random.uniform(0, 0.06))
        parts.append((leg, "cloth" if side < 0 else "same"))
        turn = 1.57 + side * random.uniform(-0.9, 0.4)
        arm = blob(random, 0.5 + side * width * 1.2, 0.45, 0.2, width * 0.3, 0.05, turn)
        parts.append((arm, random.choice(["skin", "cloth"])))
    body = trapezoid(0.5, 0.45, width * random.uniform(0.8, 1.2), 0.2, random.uniform(0.9, 1.3))
    parts.append((body, "cloth"))
    parts.append((blob(random, 0.5, 0.15, 0.065, 0.085, 0.08), random.choice(["hair", "dark"])))
    return parts + [(blob(random, 0.5, 0.17, 0.055, 0.07, 0.02), "skin")]
