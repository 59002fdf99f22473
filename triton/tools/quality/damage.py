"""Damage that the models are trained and measured on. Pictures are PIL images, RGB."""
import io

import numpy as np
from PIL import Image


def shrink(picture, factor, kernel=Image.BICUBIC):
    """Made smaller by a whole factor, antialiased."""
    return picture.resize((picture.width // factor, picture.height // factor), kernel)


def jpeg(picture, quality):
    """Through a JPEG file of this quality, 1..100; above 92 with full colour resolution."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=int(quality), subsampling=0 if quality > 92 else 2)
    return Image.open(file).convert("RGB")


def add_noise(picture, sigma, random, chroma=1.0):
    """Gaussian noise of sigma levels (of 255). With chroma below 1 a part of it is common to the three channels."""
    levels = np.asarray(picture, np.float32)
    noise = random.normal(0, sigma, levels.shape)
    if chroma < 1:
        noise = chroma * noise + (1 - chroma) * noise[..., :1]
    return Image.fromarray(np.clip(levels + noise + 0.5, 0, 255).astype(np.uint8))


def damaged(picture, sigma=0, quality=None):
    """Noise (the same every time), then JPEG; either may be left out."""
    noisy = add_noise(picture, sigma, np.random.default_rng(5)) if sigma else picture
    return noisy if quality is None else jpeg(noisy, quality)
