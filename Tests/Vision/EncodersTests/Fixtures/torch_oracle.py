"""Embeddings of LibTorch for encoders with random weights, as safetensors with timm's names.

    python3 torch_oracle.py OUTPUT IMAGE PATCH DIMENSION DEPTH HEADS SEED

Needs torch and the PyPI package safetensors. Beside the weights the file holds `pixels` (values 0 to
255, [images, side, side, 3]), and `softmax` and `taylor`: [images, dimension], in float64 arithmetic
so that what differs from it is the other side's rounding.
"""

import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file


def weights(image, patch, d, depth, generator):
    def normal(*shape, spread, centre=0.0):
        return centre + spread * torch.randn(*shape, generator=generator)

    def linear(name, inputs, outputs):
        w[name + ".weight"] = normal(outputs, inputs, spread=0.7 / inputs**0.5)
        w[name + ".bias"] = normal(outputs, spread=0.05)

    def norm(name):
        w[name + ".weight"] = normal(d, spread=0.2, centre=1.0)
        w[name + ".bias"] = normal(d, spread=0.1)

    w = {}
    tokens = (image // patch) ** 2 + 1
    w["cls_token"] = normal(1, 1, d, spread=0.5)
    w["pos_embed"] = normal(1, tokens, d, spread=0.3)
    w["patch_embed.proj.weight"] = normal(d, 3, patch, patch, spread=0.7 / (3 * patch**2) ** 0.5)
    w["patch_embed.proj.bias"] = normal(d, spread=0.05)
    for i in range(depth):
        norm(f"blocks.{i}.norm1")
        linear(f"blocks.{i}.attn.qkv", d, 3 * d)
        linear(f"blocks.{i}.attn.proj", d, d)
        norm(f"blocks.{i}.norm2")
        linear(f"blocks.{i}.mlp.fc1", d, 4 * d)
        linear(f"blocks.{i}.mlp.fc2", 4 * d, d)
    norm("norm")
    return w


def softmax(q, k, v):
    return torch.softmax(q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5, -1) @ v


def taylor(q, k, v):
    """ViTALiTy, Algorithm 1."""
    n, d = q.shape[-2:]
    k = k - k.mean(-2, keepdim=True)
    context = k.transpose(-2, -1) @ v
    denominator = n * d**0.5 + q @ k.sum(-2).unsqueeze(-1)
    numerator = d**0.5 * v.sum(-2, keepdim=True) + q @ context
    return numerator / denominator


def encode(w, pixels, patch, depth, heads, attention):
    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1).double()
    deviation = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1).double()
    x = (pixels.permute(0, 3, 1, 2) / 255 - mean) / deviation
    x = F.conv2d(x, w["patch_embed.proj.weight"], w["patch_embed.proj.bias"], stride=patch)
    x = x.flatten(2).transpose(1, 2)
    d = x.shape[-1]
    x = torch.cat([w["cls_token"].expand(x.shape[0], -1, -1), x], 1) + w["pos_embed"]

    def norm(name, x):
        return F.layer_norm(x, (d,), w[name + ".weight"], w[name + ".bias"], 1e-6)

    def linear(name, x):
        return F.linear(x, w[name + ".weight"], w[name + ".bias"])

    for i in range(depth):
        qkv = linear(f"blocks.{i}.attn.qkv", norm(f"blocks.{i}.norm1", x))
        q, k, v = qkv.view(*qkv.shape[:2], 3, heads, d // heads).permute(2, 0, 3, 1, 4)
        attended = attention(q, k, v).transpose(1, 2).flatten(2)
        x = x + linear(f"blocks.{i}.attn.proj", attended)
        hidden = F.gelu(linear(f"blocks.{i}.mlp.fc1", norm(f"blocks.{i}.norm2", x)))
        x = x + linear(f"blocks.{i}.mlp.fc2", hidden)
    return norm("norm", x)[:, 0]


def main():
    output = sys.argv[1]
    image, patch, d, depth, heads, seed = map(int, sys.argv[2:])
    generator = torch.Generator().manual_seed(seed)
    w = weights(image, patch, d, depth, generator)
    pixels = torch.randint(0, 256, (3, image, image, 3), generator=generator)
    exact = {name: value.double() for name, value in w.items()}
    for attention in (softmax, taylor):
        result = encode(exact, pixels.double(), patch, depth, heads, attention)
        w[attention.__name__] = result.float().contiguous()
    w["pixels"] = pixels.float()
    save_file({name: value.contiguous() for name, value in w.items()}, output)


main()
