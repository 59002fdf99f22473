"""Random damage to training pictures: PIL images in, PIL images out."""
from PIL import Image, ImageFilter

from quality.damage import add_noise, jpeg, shrink

KERNELS = (Image.BICUBIC, Image.LANCZOS, Image.BOX, Image.HAMMING)


def shrink_imperfectly(picture, factor, random):
    """As cameras and websites make small pictures: some blur, any kernel, light noise, good JPEG."""
    if random.random() < 0.5:
        picture = picture.filter(ImageFilter.GaussianBlur(random.uniform(0.1, 0.35) * factor))
    small = shrink(picture, factor, KERNELS[random.integers(len(KERNELS))])
    if random.random() < 0.5:
        small = add_noise(small, random.uniform(0.5, 3.5), random, random.uniform(0.3, 1))
    return jpeg(small, random.integers(80, 100)) if random.random() < 0.6 else small


def damage_at_random(picture, random):
    """Noise (sigma 2..28), JPEG (quality 12..91), both, or in one of twelve cases nothing."""
    kind = random.random()
    if kind < 0.08:
        return picture
    if kind < 0.55:
        sigma = random.uniform(2, 28)
        picture = add_noise(picture, sigma, random, 1.0 if random.random() < 0.6 else random.uniform(0.2, 1))
    return jpeg(picture, random.integers(12, 92)) if kind > 0.38 else picture
