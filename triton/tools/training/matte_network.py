"""The network of background_remove (torch). builders/matte_network.py is the same as a graph, with the same weights."""
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from builders.matte_network import BORDER_CELLS, OPPONENT_COLOURS

WIDTHS = (16, 32, 48, 72, 104)  # channels at 1/2, 1/4, ... 1/32 of the picture's side
STEM_CHANNELS = 12
EXTRA_CHANNELS = 3 + 4 + 3  # the picture itself, distances to the borders' colours, positions


def border_distances(picture):
    """RGB [N, 3, S, S] -> [N, 4, S, S]: least colour distance to the cells of the top, bottom, left, right."""
    count, side_px = len(picture), picture.shape[2]
    colours = torch.einsum("oc,nchw->nohw", torch.tensor(OPPONENT_COLOURS).to(picture), picture)
    cells = functional.avg_pool2d(colours, side_px // BORDER_CELLS)
    pixels = colours.reshape(count, 3, -1).transpose(1, 2)
    distances = []
    for border in (cells[:, :, 0], cells[:, :, -1], cells[:, :, :, 0], cells[:, :, :, -1]):
        partial = (pixels ** 2).sum(2, keepdim=True) - 2 * pixels @ border
        squared = partial + (border ** 2).sum(1, keepdim=True)
        least = functional.relu(squared.min(2).values)
        distances.append(torch.sqrt(least + 1e-4).reshape(count, 1, side_px, side_px))
    return torch.cat(distances, 1) * 3.0


def positions(count, side_px):
    """x, y (-1..1) and distance from the middle: [count, 3, side, side]."""
    offset = (torch.arange(side_px) + 0.5) / side_px * 2 - 1
    y, x = torch.meshgrid(offset, offset, indexing="ij")
    return torch.stack([x, y, torch.sqrt(x * x + y * y)])[None].expand(count, -1, -1, -1)


class Block(nn.Sequential):
    """3 x 3 convolution, batch normalisation, ReLU."""

    def __init__(self, inputs, outputs, stride=1):
        super().__init__(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs),
                         nn.ReLU(inplace=True))


class Context(nn.Module):
    """Adds to every channel of [N, C, H, W] an offset made of all channels' means and maxima; starts as nothing."""

    def __init__(self, channels):
        super().__init__()
        self.a, self.b = nn.Linear(2 * channels, channels), nn.Linear(channels, channels)
        nn.init.zeros_(self.b.weight)
        nn.init.zeros_(self.b.bias)

    def forward(self, features):
        both = torch.cat([features.mean((2, 3)), features.amax((2, 3))], 1)
        return features + self.b(functional.relu(self.a(both)))[:, :, None, None]


class MatteNetwork(nn.Module):
    """RGB [N, 3, 2 S, 2 S], 0..1 -> log odds of subject [N, 1, S, S]; S is a multiple of 16. 915 k parameters."""

    def __init__(self):
        super().__init__()
        self.stem = Block(3, STEM_CHANNELS, 2)
        self.e0 = Block(STEM_CHANNELS + EXTRA_CHANNELS, WIDTHS[0])
        wider = list(pairwise(WIDTHS))
        self.down = nn.ModuleList([Block(upper, lower, 2) for upper, lower in wider])
        self.enc = nn.ModuleList([Block(lower, lower) for _, lower in wider])
        self.mid = nn.Sequential(Block(WIDTHS[-1], WIDTHS[-1]), Block(WIDTHS[-1], WIDTHS[-1]))
        self.dec = nn.ModuleList([Block(lower + upper, upper) for upper, lower in reversed(wider)])
        self.head = nn.Conv2d(WIDTHS[0], 1, 3, 1, 1)
        self.deep = nn.Sequential(Block(WIDTHS[-1], WIDTHS[-1]), Block(WIDTHS[-1], WIDTHS[-1]))
        self.context = Context(WIDTHS[-1])

    def forward(self, picture):
        half = functional.avg_pool2d(picture, 2)
        with torch.no_grad():
            place = positions(len(half), half.shape[2]).to(half)
            extra = torch.cat([half - 0.5, border_distances(half), place], 1)
        features = self.e0(torch.cat([self.stem(picture - 0.5), extra], 1))
        skipped = []
        for down, encode in zip(self.down, self.enc):
            skipped.append(features)
            features = encode(down(features))
        features = self.deep(self.context(self.mid(features)))
        for decode in self.dec:
            enlarged = functional.interpolate(features, scale_factor=2, mode="bilinear", align_corners=False)
            features = decode(torch.cat([enlarged, skipped.pop()], 1))
        return self.head(features)
