"""What the upscaler and the denoiser consist of: 3 x 3 convolutions with a PReLU between each two."""


def convolution_stack(graph, picture, weights):
    """Mirrors training.networks.convolution_stack: [N, in, H, W] -> [N, out, H, W], borders padded with zeros.

    weights: `body.0.weight`, `body.0.bias` (convolution), `body.1.weight` (PReLU), `body.2.weight`, ...
    """
    last = max(int(name.split(".")[1]) for name in weights)
    for layer in range(0, last + 1, 2):
        picture = graph.convolution(picture, weights[f"body.{layer}.weight"], weights[f"body.{layer}.bias"])
        if layer < last:
            picture = graph.prelu(picture, weights[f"body.{layer + 1}.weight"])
    return picture
