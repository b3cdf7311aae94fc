# Mallard: what a fresh Debian machine with a Swift toolchain needs is fetched here, once.
#
#   make run    a fleet of simulated robots with a modelled operator, ending with a summary
#   make test   every test
#
# Versions are pinned; downloads are kept in .cache, what is used of them in .dependencies.

MUJOCO_VERSION := 4.0.0
# Of the wheel for x86_64; on other machines the version alone is checked.
MUJOCO_WHEEL_SHA256 := 885bd9b9cc0a6b5ba1114923eb954027652a6a0c115fa46b3218b83bae72ac4f
JACO_VERSION := 1.0.50
JACO_WHEEL_SHA256 := 5434e1e51ff69016867426da7df6064b18d140e4d0a628f879bbcf0e7d0a586d
ARROW_VERSION := 26.0.1
# Of the wheel for Debian 12's Python 3.11 on x86_64.
ARROW_WHEEL_SHA256 := 39cb0f2418282c24bea6ceda77b03e5a8f0a5766b63a8bf194d4e2a2c423548c
# numpy and scalesim: cycles of systolic arrays, which the accelerator's tests are held against.
PYTHON_PEERS := pyzmq==27.1.0 protobuf==5.29.5 scalesim==3.0.0 'numpy<2'
# What compares generated code with mallard.proto, and what builds the Python kit.
PYTHON_PEERS += grpcio==1.71.2 grpcio-tools==1.71.2 flit_core==3.12.0
# What the encoder is measured beside.
ENCODER_PEERS := onnxruntime==1.32.0 openvino==2026.4.1 onnx safetensors numpy

# What people train with: exported datasets are loaded with these. They bring PyTorch with CUDA, as
# PyPI has no other for x86_64: 8 GB.
DATASET_PEERS := lerobot==0.4.4 h5py==3.14.0 mcap==1.6.0 tqdm termcolor psutil
# Without its dependencies: one of them builds for EGL, and only its loader is used.
DATASET_PEERS_ALONE := robomimic==0.3.0

PACKAGES := libzmq3-dev libsodium-dev libsqlite3-dev sqlite3 zlib1g-dev libturbojpeg0-dev libpng-dev libegl-dev libgl1-mesa-dri libncurses-dev libchafa-dev libglib2.0-dev libevdev-dev libspnav-dev tmux python3 python3-venv
# Video, for datasets: libav with SVT-AV1.
PACKAGES += libavformat-dev libavcodec-dev libavutil-dev libswscale-dev
# robomimic's HDF5, and what compresses MCAP.
PACKAGES += libhdf5-dev libzstd-dev
# What mallard-train stands on: LibTorch, and the matrix products that it calls.
TRAINING_PACKAGES := libtorch-dev libopenblas0-pthread
# A LibTorch that knows graphics cards, in place of Debian's: the folder that holds its lib and include
# (make train-build LIBTORCH=/opt/libtorch).
ifdef LIBTORCH
export LIBTORCH := $(abspath $(LIBTORCH))
TRAINING_PACKAGES := libopenblas0-pthread
endif
ARGS ?= --robots 4 --operators 1 --episodes 4

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
SWIFT_FLAGS := -c release
export SWIFT_BACKTRACE := enable=no
# Threads of LibTorch that wait are to sleep: spinning, they slow a busy machine down.
export OMP_WAIT_POLICY := passive

.PHONY: faults run test test-peers test-says peers-say build train-build training bench bench-peers torch format protocol robots setup system mujoco arrow peers dataset-peers clean help

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

run: build robots ## a fleet on this machine: make run ARGS="--robots 8 --episodes 100 --lockstep"
	@.build/release/mallard fleet $(ARGS)

build: setup ## the program, in .build/release/mallard
	@swift build $(SWIFT_FLAGS) --product mallard

train-build: setup training ## what trains policies, in .build/release/mallard-train
	@swift build $(SWIFT_FLAGS) --product mallard-train

# What the tests fetch is said first: no one shall wait without knowing for what.
define run-tests
@swift build $(SWIFT_FLAGS) --product mallard --explicit-target-dependency-import-check error
@swift test $(SWIFT_FLAGS) --disable-testable-imports
endef

test: test-says setup training peers robots ## every test that needs no gigabytes
	$(run-tests)

test-peers: peers-say setup training peers dataset-peers robots ## those with LeRobot and robomimic too (8 GB)
	$(run-tests)

test-says:
	@echo "fetching what is not there yet: Debian packages with LibTorch, MuJoCo, Arrow, Python packages;"
	@echo "then building all and testing"

peers-say:
	@echo "fetching LeRobot with PyTorch and CUDA, h5py, mcap, robomimic (8 GB) where they are not there yet;"
	@echo "then building all and testing"

bench-peers: .dependencies/encoder-peers/.installed ## ONNX Runtime and OpenVINO, for `mallard bench encoder`

.dependencies/encoder-peers/.installed: Makefile | system
	@echo "installing what the encoder is measured beside: $(ENCODER_PEERS)"
	@python3 -m venv .dependencies/encoder-peers
	@.dependencies/encoder-peers/bin/python -m pip install --quiet --disable-pip-version-check $(ENCODER_PEERS)
	@touch $@

torch: .dependencies/torch/.installed ## LibTorch's Python, for the encoder's full-size oracle test

.dependencies/torch/.installed: Makefile | system
	@echo "installing python3-torch and safetensors"
	@dpkg-query -W -f '$${Status}' python3-torch 2>/dev/null | grep -q 'ok installed' || \
	  { $(SUDO) apt-get update -qq && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-torch >/dev/null; }
	@/usr/bin/python3 -m venv --system-site-packages .dependencies/torch
	@.dependencies/torch/bin/python -m pip install --quiet --disable-pip-version-check safetensors packaging
	@touch $@

faults: build peers ## kills, full disks, damaged files: what is lost (FAULTS="--coordinator-kills 20 ...")
	@.dependencies/python/bin/python Tests/Faults/faults.py $(FAULTS)
	@.dependencies/python/bin/python Tests/Faults/exporter.py

bench: build ## steps per second in lockstep, from one robot to eight
	@for robots in 1 2 4 8; do \
	  printf '%s robots: ' $$robots; \
	  .build/release/mallard fleet --robots $$robots --operators $$robots --episodes $$((2 * robots)) \
	    --lockstep --recording .build/bench-$$robots.sqlite 2>/dev/null | grep '^steps'; \
	  rm -f .build/bench-$$robots.sqlite*; \
	done

format: ## all Swift files as .swift-format says
	@find Package.swift Sources Tests -name '*.swift' -not -path '*/Generated/*' -print0 | xargs -0 swift format -i

protocol: ## Swift and Python code from Sources/Link/Wire/mallard.proto (needs protobuf-compiler)
	@command -v protoc >/dev/null || $(SUDO) apt-get install -y protobuf-compiler
	@swift package resolve
	@swift build -c release --package-path .build/checkouts/swift-protobuf --scratch-path .build/protobuf --product protoc-gen-swift
	@protoc --plugin=.build/protobuf/release/protoc-gen-swift --swift_opt=Visibility=Internal \
	  --swift_out=Sources/Link/Wire/Generated --python_out=Robots/python/mallard_robot -I Sources/Link/Wire mallard.proto
	@for mark in '//:Sources/Link/Wire/Generated/mallard.pb.swift' '#:Robots/python/mallard_robot/mallard_pb2.py'; do \
	  printf '%s Made from mallard.proto with the SHA-256 %s\n' "$${mark%%:*}" \
	    "$$(sha256sum Sources/Link/Wire/mallard.proto | cut -d' ' -f1)" >> "$${mark#*:}"; \
	done

setup: system mujoco arrow

system:
	@$(call install,$(PACKAGES))

training: system
	@$(call install,$(TRAINING_PACKAGES))

mujoco: .dependencies/mujoco/.version-$(MUJOCO_VERSION)

.dependencies/mujoco/.version-$(MUJOCO_VERSION): | system
	@echo "fetching MuJoCo $(MUJOCO_VERSION)"
	@$(call fetch,mujoco-core==$(MUJOCO_VERSION),mujoco_core-$(MUJOCO_VERSION),$(MUJOCO_WHEEL_SHA256))
	@rm -rf .dependencies/mujoco && mkdir -p .dependencies
	@python3 -m zipfile -e .cache/mujoco_core-$(MUJOCO_VERSION)-*.whl .cache/mujoco-unpacked
	@mv .cache/mujoco-unpacked/mujoco .dependencies/mujoco && rm -rf .cache/mujoco-unpacked
	@ln -sf libmujoco.so.$(MUJOCO_VERSION) .dependencies/mujoco/libmujoco.so
	@touch $@

arrow: .dependencies/arrow/.version-$(ARROW_VERSION)

# There is no Debian package of Arrow's C++ library; the wheel holds it with its headers.
.dependencies/arrow/.version-$(ARROW_VERSION): | system
	@echo "fetching Arrow and Parquet C++ (pyarrow $(ARROW_VERSION))"
	@$(call fetch,pyarrow==$(ARROW_VERSION),pyarrow-$(ARROW_VERSION),$(ARROW_WHEEL_SHA256))
	@rm -rf .dependencies/arrow .cache/arrow-unpacked && mkdir -p .dependencies/arrow
	@python3 -m zipfile -e .cache/pyarrow-$(ARROW_VERSION)-*.whl .cache/arrow-unpacked
	@cp -r .cache/arrow-unpacked/pyarrow/include .dependencies/arrow/
	@cp .cache/arrow-unpacked/pyarrow/libarrow.so.* .cache/arrow-unpacked/pyarrow/libparquet.so.* .dependencies/arrow/
	@cp .cache/arrow-unpacked/pyarrow-*.dist-info/licenses/LICENSE.txt .dependencies/arrow/ 2>/dev/null || true
	@rm -rf .cache/arrow-unpacked
	@for library in arrow parquet; do (cd .dependencies/arrow && ln -sf lib$$library.so.* lib$$library.so); done
	@touch $@

robots: .dependencies/jaco/.version-$(JACO_VERSION) ## meshes of the Kinova Jaco arm, for the profile jaco

.dependencies/jaco/.version-$(JACO_VERSION): | system
	@echo "fetching the Jaco arm's meshes (dm_control $(JACO_VERSION), Apache-2.0)"
	@$(call fetch,dm-control==$(JACO_VERSION),dm_control-$(JACO_VERSION),$(JACO_WHEEL_SHA256))
	@rm -rf .dependencies/jaco && mkdir -p .dependencies/jaco
	@python3 -m zipfile -e .cache/dm_control-$(JACO_VERSION)-*.whl .cache/jaco-unpacked
	@cp -r .cache/jaco-unpacked/dm_control/third_party/kinova/. .dependencies/jaco/
	@find .cache/jaco-unpacked -path '*dist-info*' -name 'LICENSE*' -exec cp {} .dependencies/jaco/ \;
	@rm -rf .cache/jaco-unpacked
	@touch $@

# The peers in other languages that end-to-end tests talk to.
peers: .dependencies/python/.installed

.dependencies/python/.installed: Makefile | system
	@echo "installing Python peers for the tests: $(PYTHON_PEERS)"
	@python3 -m venv .dependencies/python
	@.dependencies/python/bin/python -m pip install --quiet --disable-pip-version-check $(PYTHON_PEERS)
	@touch $@

# What loads exported datasets in the tests. Where PyPI cannot be reached those tests are left out.
dataset-peers: .dependencies/dataset-peers/.installed ## lerobot, robomimic and mcap, which the tests load exports with (8 GB)

.dependencies/dataset-peers/.installed: Makefile | system
	@echo "installing what exported datasets are loaded with: $(DATASET_PEERS) $(DATASET_PEERS_ALONE)"
	@[ -x .dependencies/dataset-peers/bin/python ] || python3 -m venv .dependencies/dataset-peers
	@if .dependencies/dataset-peers/bin/python -m pip install --quiet --disable-pip-version-check $(DATASET_PEERS) && \
	    .dependencies/dataset-peers/bin/python -m pip install --quiet --disable-pip-version-check --no-deps $(DATASET_PEERS_ALONE); then \
	  touch $@; \
	else \
	  echo "*** $(DATASET_PEERS) $(DATASET_PEERS_ALONE) could not be installed from PyPI: the tests that load exports with them are SKIPPED ***" >&2; \
	fi

clean: ## what was built; what was fetched stays
	@rm -rf .build

# Installs Debian packages that are not there yet. Argument: their names.
define install
missing=""; for package in $(1); do \
  dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$package"; \
done; \
if [ -n "$$missing" ]; then \
  echo "installing$$missing"; \
  $(SUDO) apt-get update -qq && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing >/dev/null || \
    { echo "could not install$$missing; install them by hand, then run make again" >&2; exit 1; }; \
fi
endef

# Downloads a wheel into .cache unless it is there, and checks that it is the one that was tried.
# Arguments: requirement, beginning of the file's name, SHA-256.
define fetch
mkdir -p .cache; \
if ! ls .cache/$(2)-*.whl >/dev/null 2>&1; then \
  [ -x .cache/venv/bin/python ] || python3 -m venv .cache/venv; \
  .cache/venv/bin/python -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: -d .cache $(1) || \
    { echo "could not download $(1) from PyPI; is there a network?" >&2; exit 1; }; \
fi; \
[ "$$(uname -m)" != x86_64 ] || echo "$(3)  $$(ls .cache/$(2)-*.whl)" | sha256sum --check --quiet || \
  { echo "$$(ls .cache/$(2)-*.whl) is not the file that Mallard was tried with; remove it and try again" >&2; exit 1; }
endef
