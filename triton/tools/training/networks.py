"""The networks of upscale and enhance (torch): 3 x 3 convolutions, PReLU and pixel shuffles only.

Pictures are float [N, 3, H, W], 0..1. builders/ makes the same as graphs, with the same names of weights.
"""
from torch import nn
from torch.nn import functional


def convolution_stack(inputs, features, depth, outputs):
    """Channels inputs -> features -> (depth times) features -> outputs, a PReLU between each two convolutions."""
    layers = [nn.Conv2d(inputs, features, 3, 1, 1), nn.PReLU(features)]
    for _ in range(depth):
        layers += [nn.Conv2d(features, features, 3, 1, 1), nn.PReLU(features)]
    return nn.Sequential(*layers, nn.Conv2d(features, outputs, 3, 1, 1))


class Upscale(nn.Module):
    """[N, 3, H, W] -> [N, 3, H scale, W scale]: detail added to a bilinear enlargement. Receptive radius 10 pixels."""

    def __init__(self, scale, features=32, depth=8):
        super().__init__()
        self.scale, self.body = scale, convolution_stack(3, features, depth, 3 * scale * scale)
        nn.init.zeros_(self.body[-1].weight)
        nn.init.zeros_(self.body[-1].bias)

    def forward(self, picture):
        enlarged = functional.interpolate(picture, scale_factor=self.scale, mode="bilinear", align_corners=False)
        return functional.pixel_shuffle(self.body(picture), self.scale) + enlarged


class Enhance(nn.Module):
    """[N, 3, H, W] -> the same without noise and JPEG damage; H and W even. Receptive radius 19 pixels."""

    def __init__(self, features=64, depth=7):
        super().__init__()
        self.body = convolution_stack(12, features, depth, 12)
        for layer in self.body:
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, a=0.25)
                nn.init.zeros_(layer.bias)
        self.body[-1].weight.data.mul_(0.3)

    def forward(self, picture):
        return picture - functional.pixel_shuffle(self.body(functional.pixel_unshuffle(picture, 2)), 2)
