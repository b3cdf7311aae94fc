"""ONNX Runtime and OpenVINO with the weights of a Mallard encoder, for `mallard bench encoder`.

    python encoder_peers.py WEIGHTS IMAGE PATCH DIMENSION DEPTH HEADS softmax|taylor THREADS

Reads lines `prepare BATCH` and `run COUNT PRECISION NAME`, answers one line each: the contestants, or the
milliseconds of each run of a turn. The graph is built from the weights by hand, the way exporters write it;
int8 is static quantisation by each vendor's own tool's scheme (QDQ, per-channel weights).
"""

import logging
import os
import sys
import time

import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static)
from safetensors.numpy import load_file

logging.disable(logging.WARNING)

FILE = sys.argv[1]
IMAGE, PATCH, D, DEPTH, HEADS = map(int, sys.argv[2:7])
ATTENTION, THREADS = sys.argv[7], int(sys.argv[8])
FOLDER = os.path.dirname(FILE)
W = load_file(FILE)
N = (IMAGE // PATCH) ** 2 + 1
HEAD = D // HEADS


class Graph:
    def __init__(self):
        self.nodes, self.constants, self.count = [], [], 0

    def constant(self, value):
        self.count += 1
        name = f"c{self.count}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def __call__(self, kind, *inputs, **attributes):
        self.count += 1
        name = f"x{self.count}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def linear(self, name, x):
        product = self("MatMul", x, self.constant(np.ascontiguousarray(W[name + ".weight"].T)))
        return self("Add", product, self.constant(W[name + ".bias"]))

    def norm(self, name, x):
        return self("LayerNormalization", x, self.constant(W[name + ".weight"]),
                    self.constant(W[name + ".bias"]), axis=-1, epsilon=1e-6)


def attention(g, q, k, v):
    if ATTENTION == "softmax":
        scaled = g("Mul", q, g.constant(np.float32(HEAD**-0.5)))
        logits = g("MatMul", scaled, g("Transpose", k, perm=[0, 1, 3, 2]))
        return g("MatMul", g("Softmax", logits, axis=-1), v)
    axis = g.constant(np.array([2], np.int64))
    centred = g("Sub", k, g("ReduceMean", k, axis, keepdims=1))
    context = g("MatMul", g("Transpose", centred, perm=[0, 1, 3, 2]), v)
    sums = g("Transpose", g("ReduceSum", centred, axis, keepdims=1), perm=[0, 1, 3, 2])
    denominator = g("Add", g("MatMul", q, sums), g.constant(np.float32(N * HEAD**0.5)))
    values = g("Mul", g("ReduceSum", v, axis, keepdims=1), g.constant(np.float32(HEAD**0.5)))
    return g("Div", g("Add", g("MatMul", q, context), values), denominator)


def build(batch):
    g = Graph()
    patches = g("Conv", "image", g.constant(W["patch_embed.proj.weight"]),
                g.constant(W["patch_embed.proj.bias"]), strides=[PATCH, PATCH],
                kernel_shape=[PATCH, PATCH])
    x = g("Reshape", patches, g.constant(np.array([batch, D, N - 1], np.int64)))
    x = g("Transpose", x, perm=[0, 2, 1])
    token = g.constant(np.broadcast_to(W["cls_token"], (batch, 1, D)).copy())
    x = g("Add", g("Concat", token, x, axis=1), g.constant(W["pos_embed"]))
    for i in range(DEPTH):
        qkv = g.linear(f"blocks.{i}.attn.qkv", g.norm(f"blocks.{i}.norm1", x))
        qkv = g("Reshape", qkv, g.constant(np.array([batch, N, 3, HEADS, HEAD], np.int64)))
        qkv = g("Transpose", qkv, perm=[2, 0, 3, 1, 4])
        parts = [g("Gather", qkv, g.constant(np.int64(p)), axis=0) for p in range(3)]
        z = g("Transpose", attention(g, *parts), perm=[0, 2, 1, 3])
        z = g("Reshape", z, g.constant(np.array([batch, N, D], np.int64)))
        x = g("Add", x, g.linear(f"blocks.{i}.attn.proj", z))
        h = g.linear(f"blocks.{i}.mlp.fc1", g.norm(f"blocks.{i}.norm2", x))
        x = g("Add", x, g.linear(f"blocks.{i}.mlp.fc2", g("Gelu", h)))
    x = g("Gather", x, g.constant(np.int64(0)), axis=1)
    g.nodes[-1].output[0] = g.nodes[-1].output[0]
    y = g.norm("norm", x)
    graph = helper.make_graph(
        g.nodes, "encoder",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [batch, 3, IMAGE, IMAGE])],
        [helper.make_tensor_value_info(y, TensorProto.FLOAT, [batch, D])], g.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    path = os.path.join(FOLDER, f"float-{batch}.onnx")
    onnx.save(onnx.shape_inference.infer_shapes(model), path)
    return path


class Images(CalibrationDataReader):
    def __init__(self, batch):
        self.left = [np.random.rand(batch, 3, IMAGE, IMAGE).astype(np.float32) for _ in range(2)]

    def get_next(self):
        return {"image": self.left.pop()} if self.left else None


def quantise(path, batch):
    target = os.path.join(FOLDER, f"int8-{batch}.onnx")
    quantize_static(path, target, Images(batch), quant_format=QuantFormat.QDQ, per_channel=True,
                    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
                    calibrate_method=CalibrationMethod.MinMax,
                    op_types_to_quantize=["MatMul", "Conv"])
    return target


def onnx_runtime(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = THREADS, 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda x: session.run(None, {"image": x})


def open_vino(path, precision):
    core = openvino.Core()
    hints = {"INFERENCE_NUM_THREADS": THREADS, "PERFORMANCE_HINT": "LATENCY",
             "INFERENCE_PRECISION_HINT": "f32"}
    compiled = core.compile_model(path, "CPU", hints)
    request = compiled.create_infer_request()
    return lambda x: request.infer({0: x})


contestants = {}
x = None


def prepare(batch):
    global x
    contestants.clear()
    x = np.random.rand(batch, 3, IMAGE, IMAGE).astype(np.float32)
    path = build(batch)
    narrow = quantise(path, batch)
    contestants["float32 ONNX Runtime"] = onnx_runtime(path)
    contestants["float32 OpenVINO"] = open_vino(path, "float")
    contestants["int8 ONNX Runtime"] = onnx_runtime(narrow)
    contestants["int8 OpenVINO"] = open_vino(narrow, "int8")
    for run in contestants.values():
        for _ in range(3):
            run(x)
    return ";".join(contestants)


answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
for line in sys.stdin:
    word, _, rest = line.strip().partition(" ")
    if word == "prepare":
        answer = prepare(int(rest))
    else:
        count, _, name = rest.partition(" ")
        run = contestants[name]
        # The contestant before may spin for a while after its turn, waiting for more work.
        time.sleep(0.25)
        run(x)
        times = []
        for _ in range(int(count)):
            start = time.perf_counter()
            run(x)
            times.append((time.perf_counter() - start) * 1e3)
        answer = " ".join(f"{t:.6f}" for t in times)
    answers.write(answer + "\n")
    answers.flush()
