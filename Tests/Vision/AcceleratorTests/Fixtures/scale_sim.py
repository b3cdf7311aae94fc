"""Cycles of SCALE-Sim (PyPI scalesim 3.0.0) for matrix products on small systolic arrays.

Regenerates scale_sim.csv, or prints to another file:

    python3 -m venv venv && venv/bin/pip install scalesim==3.0.0 'numpy<2'
    venv/bin/python scale_sim.py scale_sim.csv
"""

import csv
import os
import random
import subprocess
import sys
import tempfile

CONFIG = """[general]
run_name = run
[run_presets]
InterfaceBandwidth = CALC
UseRamulatorTrace = False
[architecture_presets]
ArrayHeight = {rows}
ArrayWidth = {columns}
IfmapSramSzkB = 4096
FilterSramSzkB = 4096
OfmapSramSzkB = 4096
IfmapOffset = 0
FilterOffset = 10000000
OfmapOffset = 20000000
Dataflow = {dataflow}
Bandwidth = 1000
ReadRequestBuffer = 64
WriteRequestBuffer = 64
MemoryBanks = 1
[layout]
IfmapCustomLayout = False
IfmapSRAMBankBandwidth = 10
IfmapSRAMBankNum = 10
IfmapSRAMBankPort = 2
FilterCustomLayout = False
FilterSRAMBankBandwidth = 10
FilterSRAMBankNum = 10
FilterSRAMBankPort = 2
[sparsity]
SparsitySupport = false
SparseRep = ellpack_block
OptimizedMapping = false
BlockSize = 8
RandomNumberGeneratorSeed = 40
"""


def run(folder, rows, columns, dataflow, shapes):
    config, topology, layout = (os.path.join(folder, n) for n in ("c.cfg", "t.csv", "l.csv"))
    with open(config, "w") as f:
        f.write(CONFIG.format(rows=rows, columns=columns, dataflow=dataflow))
    with open(topology, "w") as f:
        f.write("Layer,M,N,K,\n")
        for index, (m, k, n) in enumerate(shapes):
            f.write(f"layer{index},{m},{n},{k},\n")
    with open(layout, "w") as f:
        f.write("Layer," + ",".join(f"c{i}" for i in range(20)) + ",\n")
        for index in range(len(shapes)):
            f.write(f"layer{index}," + ",".join(["1"] * 20) + ",\n")
    log = subprocess.run(
        [sys.executable, "-m", "scalesim.scale", "-c", config, "-t", topology, "-l", layout,
         "-p", folder, "-i", "gemm", "-s", "N"],
        cwd=folder, capture_output=True, text=True)
    report = os.path.join(folder, "run", "COMPUTE_REPORT.csv")
    if not os.path.exists(report):
        sys.exit("SCALE-Sim wrote no report:\n" + log.stdout[-2000:] + log.stderr[-2000:])
    with open(report) as f:
        lines = list(csv.DictReader(f, skipinitialspace=True))
    results = []
    for shape, line in zip(shapes, lines):
        line = {key.strip(): value for key, value in line.items() if key}
        cycles = int(float(line["Total Cycles"])) - int(float(line["Stall Cycles"]))
        results.append((rows, columns, dataflow, *shape, cycles))
    return results


def main():
    random.seed(2023)
    output = []
    for rows, columns in ((8, 8), (16, 16), (16, 8)):
        for dataflow in ("ws", "os"):
            shapes = [(17, 32, 24), (64, 16, 16), (5, 8, 8), (197, 64, 64), (64, 197, 64)]
            shapes += [tuple(random.randint(1, 100) for _ in range(3)) for _ in range(5)]
            with tempfile.TemporaryDirectory() as folder:
                output += run(folder, rows, columns, dataflow, shapes)
    with open(sys.argv[1], "w") as f:
        f.write("rows,columns,dataflow,m,k,n,cycles\n")
        for line in output:
            f.write(",".join(map(str, line)) + "\n")


main()
