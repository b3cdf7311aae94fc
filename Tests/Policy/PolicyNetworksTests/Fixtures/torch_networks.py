"""What LibTorch makes of the policy networks with random weights, as safetensors.

    python3 torch_networks.py networks.safetensors

Needs torch. The sizes are those of the tests' SmallPolicy. Beside the weights the file holds inputs and
results under names that begin with `in.` and `out.`: float64 arithmetic, so that what differs from it is
the other side's rounding.
"""

import json
import struct
import sys

import torch
import torch.nn.functional as F

CAMERAS, DIMENSION, LATENT, SUBTASKS, CODE = 2, 16, 6, 2, 3
STATE, HORIZON, MEMBERS, DEPTH = LATENT + 16, 5, 3, 2
PREDICTOR_WIDTH, WIDTH, ROBOTS, SAMPLES = 20, 17, 5, 7


def weights(generator):
    w = {}

    def tensor(name, *shape, spread):
        w[name] = spread * torch.randn(*shape, generator=generator)

    def linear(name, inputs, outputs):
        tensor(name + ".weight", outputs, inputs, spread=1.0 / inputs**0.5)
        tensor(name + ".bias", outputs, spread=0.3)

    def perceptron(name, *widths):
        for i in range(len(widths) - 1):
            linear(f"{name}.{i}", widths[i], widths[i + 1])

    linear("latent", CAMERAS * DIMENSION, LATENT)
    perceptron("predictor", STATE + SUBTASKS + CODE, *[PREDICTOR_WIDTH] * DEPTH, STATE)
    for k in range(MEMBERS):
        perceptron(f"members.{k}.fuse", 2 * STATE, WIDTH, WIDTH)
        for part in ("ih", "hh"):
            tensor(f"members.{k}.lstm.weight_{part}", 4 * WIDTH, WIDTH, spread=1.5 / WIDTH**0.5)
            tensor(f"members.{k}.lstm.bias_{part}", 4 * WIDTH, spread=0.3)
        perceptron(f"members.{k}.head", WIDTH, WIDTH, 9)
        perceptron(f"flat.{k}", STATE, WIDTH, WIDTH, 9)
    perceptron("risk", STATE + 9, WIDTH, WIDTH, 1)
    return w


def perceptron(w, name, layers, x, activate_last=False):
    for i in range(layers):
        x = F.linear(x, w[f"{name}.{i}.weight"], w[f"{name}.{i}.bias"])
        if i + 1 < layers or activate_last:
            x = F.gelu(x)
    return x


def roll_out(w, k, states, subgoals):
    f = perceptron(w, f"members.{k}.fuse", 2, torch.cat([states, subgoals], 1), True)
    lstm = torch.nn.LSTM(WIDTH, WIDTH, batch_first=True).double()
    for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        getattr(lstm, part + "_l0").data = w[f"members.{k}.lstm.{part}"]
    hidden, _ = lstm(f[:, None].expand(-1, HORIZON, -1))
    return perceptron(w, f"members.{k}.head", 2, hidden)


def save(tensors, path):
    header, body = {}, b""
    for name in sorted(tensors):
        values = tensors[name].detach().float().contiguous()
        data = struct.pack(f"<{values.numel()}f", *values.flatten().tolist())
        header[name] = {
            "dtype": "F32", "shape": list(values.shape), "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)


def main():
    generator = torch.Generator().manual_seed(20)
    w = weights(generator)

    def normal(*shape):
        return torch.randn(*shape, generator=generator)

    x = {
        "in.embeddings": normal(ROBOTS, CAMERAS * DIMENSION),
        "in.states": normal(ROBOTS, STATE),
        "in.subgoals": normal(ROBOTS, STATE),
        "in.codes": normal(ROBOTS * SAMPLES, CODE),
        # Robot r is named r − 1; −1 and above the subtasks: none.
        "in.named": torch.arange(ROBOTS).float() - 1,
        "in.actions": normal(ROBOTS, 9),
    }
    e = {name: value.double() for name, value in {**w, **x}.items()}
    with torch.no_grad():
        out = {"out.latents": F.linear(e["in.embeddings"], e["latent.weight"], e["latent.bias"])}
        named = torch.zeros(ROBOTS, SUBTASKS).double()
        for robot in range(ROBOTS):
            if 0 <= robot - 1 < SUBTASKS:
                named[robot, robot - 1] = 1
        states = e["in.states"].repeat_interleave(SAMPLES, 0)
        inputs = torch.cat([states, named.repeat_interleave(SAMPLES, 0), e["in.codes"]], 1)
        out["out.samples"] = states + perceptron(e, "predictor", DEPTH + 1, inputs)
        for k in range(MEMBERS):
            out[f"out.actions.{k}"] = roll_out(e, k, e["in.states"], e["in.subgoals"])
            out[f"out.flat.{k}"] = perceptron(e, f"flat.{k}", 3, e["in.states"])
        risk = torch.cat([e["in.states"], e["in.actions"]], 1)
        out["out.logits"] = perceptron(e, "risk", 3, risk)[:, 0]
    save({**w, **x, **out}, sys.argv[1])


main()
