// swift-tools-version: 6.2
// Mallard's parts: the one table of what there is, where it lies, what it may do and what it uses.
// ARCHITECTURE.md draws it; TidyTests hold the sources and the drawing to it.
import PackageDescription

/// What a part may do. Arrows point down this list, or to the same layer.
enum Layer: String {
  /// Values: no I/O, no clock, no thread. Nothing but the standard library and its arrows.
  case values
  /// Pure functions and state machines over values. Nothing but the standard library and its arrows.
  case logic
  /// Wraps one outside thing: a library, a file format, a clock.
  case device
  /// Joins logic to devices, and decides nothing.
  case shell
  /// A program: parses, calls, prints.
  case command
}

/// The folders of Sources and Tests, by subject. An arrow between two of them is never answered by one
/// that leads back.
enum Folder: String {
  case core = "Core"
  case link = "Link"
  case formats = "Formats"
  case vision = "Vision"
  case recording = "Recording"
  case robots = "Robots"
  case console = "Console"
  case policy = "Policy"
  case fleet = "Fleet"
  case commands = "Commands"
}

/// A library of the product, in Sources/FOLDER/NAME, which uses `uses` and nothing else.
struct Part {
  var name: String
  var folder: Folder
  var layer: Layer
  var uses: [Target.Dependency]
  var exclude: [String]

  init(
    _ name: String, _ folder: Folder, _ layer: Layer, uses: [Target.Dependency] = [],
    exclude: [String] = []
  ) {
    (self.name, self.folder, self.layer) = (name, folder, layer)
    (self.uses, self.exclude) = (uses, exclude)
  }

  var target: Target {
    .target(
      name: name, dependencies: uses, path: "Sources/\(folder.rawValue)/\(name)", exclude: exclude,
      swiftSettings: strict)
  }
}

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")

let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
// The C functions of the library that GRDB wraps, for what is written with every step.
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let numerics: Target.Dependency = .product(name: "RealModule", package: "swift-numerics")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let arguments: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")

let parts: [Part] = [
  // Core: values that everyone speaks.
  Part("Numbers", .core, .values),
  Part("RobotData", .core, .values, uses: ["Numbers"]),
  Part("Tensors", .core, .values, uses: ["Numbers"]),
  Part("Clocks", .core, .device, uses: ["RobotData"]),
  Part("PlainErrors", .core, .device, uses: [system]),
  // Link: how processes talk.
  Part("Wire", .link, .logic, uses: ["RobotData", protobuf], exclude: ["mallard.proto"]),
  Part("ZeroMQ", .link, .device, uses: ["PlainErrors", "CZeroMQ"]),
  // Formats: files of others.
  Part("HDF5Files", .formats, .device, uses: ["CHDF5"]),
  Part("McapFiles", .formats, .device, uses: ["PlainErrors", "CZstd", "Checksums"]),
  Part("ParquetFiles", .formats, .device, uses: ["CArrow"]),
  Part("VideoFiles", .formats, .device, uses: ["Numbers", "CAV", "RobotData"]),
  Part("ImageCodecs", .formats, .device, uses: ["RobotData", "CTurboJPEG", "CPNG"]),
  Part("TensorFiles", .formats, .device, uses: ["PlainErrors", "Tensors"]),
  Part("Checksums", .formats, .device, uses: ["CZlib"]),
  Part("Digests", .formats, .device, uses: ["CSodium"]),
  Part("Plots", .formats, .logic, uses: ["Numbers", numerics]),
  Part("StrictFiles", .formats, .device, uses: ["PlainErrors", "RobotData", yams]),
  // Vision: the vision transformer and its accelerator.
  Part("VisionTransformer", .vision, .logic, uses: ["Numbers", "Tensors", numerics]),
  Part(
    "Encoders", .vision, .device,
    uses: [
      "Numbers", "Tensors", "VisionTransformer", "Accelerator", "TensorKernels", "CTensorKernels",
    ]),
  Part("TensorKernels", .vision, .device, uses: ["CTensorKernels"]),
  Part("Accelerator", .vision, .logic, uses: ["Numbers", "Tensors", "VisionTransformer"]),
  Part("MachineFiles", .vision, .device, uses: ["StrictFiles", "Accelerator"]),
  // Recording: what is kept, and datasets.
  Part(
    "RecordingStore", .recording, .device,
    uses: [
      "PlainErrors", "RobotData", "Clocks", "Checksums", "CReadOnlyVFS", grdb, sqlite, system,
    ]),
  Part("Datasets", .recording, .logic, uses: ["Numbers", "RobotData"]),
  Part(
    "DatasetExport", .recording, .shell,
    uses: [
      "Numbers", "PlainErrors", "RobotData", "Datasets", "RecordingStore", "ImageCodecs",
      "ParquetFiles", "VideoFiles", "HDF5Files", "McapFiles", system,
    ]),
  Part(
    "DatasetImport", .recording, .shell,
    uses: [
      "PlainErrors", "RobotData", "Datasets", "DatasetExport", "RecordingStore", "ImageCodecs",
      "HDF5Files", "ParquetFiles", "VideoFiles", "Digests",
    ]),
  // Robots: endpoints and simulated robots.
  Part("EndpointLogic", .robots, .logic, uses: ["RobotData", "Wire"]),
  Part(
    "RobotEndpoint", .robots, .shell,
    uses: ["PlainErrors", "RobotData", "EndpointLogic", "Wire", "ZeroMQ", "ImageCodecs", "Clocks"]),
  Part(
    "MuJoCoRobots", .robots, .device,
    uses: [
      "Numbers", "RobotData", "SimulatedTasks", "RobotProfiles", "Clocks", "CMuJoCo", numerics,
    ]),
  Part("SimulatedTasks", .robots, .logic, uses: ["RobotData", numerics]),
  Part("ScriptedExpert", .robots, .logic, uses: ["RobotData", "SimulatedTasks", numerics]),
  Part("OperatorModel", .robots, .logic, uses: ["Numbers", "RobotData", "Wire", "ScriptedExpert"]),
  Part("RobotProfiles", .robots, .device, uses: ["StrictFiles", "RobotData"]),
  // Console: the operator's terminal.
  Part("ConsoleScreen", .console, .logic, uses: ["Numbers", "RobotData", "Wire"]),
  Part(
    "OperatorConsole", .console, .shell,
    uses: [
      "RobotData", "Wire", "ZeroMQ", "Clocks", "ConsoleLink", "ConsoleScreen", "TerminalScreen",
      "CellPictures", "ImageCodecs", "Gamepads", "SpaceMice",
    ]),
  Part("ConsoleLink", .console, .shell, uses: ["Wire", "ZeroMQ", "Clocks"]),
  Part("TerminalScreen", .console, .device, uses: ["ConsoleScreen", "CNcurses"]),
  Part("CellPictures", .console, .device, uses: ["ConsoleScreen", "CChafa"]),
  Part("Gamepads", .console, .device, uses: ["PlainErrors", "ConsoleScreen", "CEvdev"]),
  Part("SpaceMice", .console, .device, uses: ["ConsoleScreen", "CSpnav"]),
  // Policy: PATO: networks, training, evaluation.
  Part("Policy", .policy, .logic, uses: ["Numbers", "RobotData", "VisionTransformer", numerics]),
  Part(
    "PolicyFiles", .policy, .device,
    uses: [
      "Numbers", "PlainErrors", "StrictFiles", "Policy", "Tensors", "TensorFiles",
      "VisionTransformer",
    ]),
  Part(
    "PolicyNetworks", .policy, .device,
    uses: ["Tensors", "Policy", "VisionTransformer", "TensorKernels", "CTensorKernels"]),
  Part(
    "TrainedPolicies", .policy, .shell,
    uses: [
      "PlainErrors", "RobotData", "Policy", "PolicyNetworks", "PolicyFiles", "Tensors",
      "VisionTransformer", "Encoders", "TensorKernels", "Accelerator", "MachineFiles",
      "ImageCodecs",
    ]),
  Part(
    "PolicyEvaluation", .policy, .shell,
    uses: [
      "Numbers", "RobotData", "Policy", "TrainedPolicies", "RecordingStore", "SimulatedTasks",
      "MuJoCoRobots",
    ]),
  Part("Torch", .policy, .device, uses: ["Numbers", "CTorch", "Tensors"]),
  Part(
    "PolicyTraining", .policy, .shell,
    uses: [
      "Numbers", "PlainErrors", "StrictFiles", "RobotData", "Policy", "PolicyFiles",
      "PolicyNetworks", "Torch", "Tensors", "TensorKernels", "VisionTransformer", "Encoders",
      "RecordingStore", "ImageCodecs", "Plots", "TensorFiles",
    ]),
  // Fleet: who drives which robot.
  Part("Fleet", .fleet, .logic, uses: ["RobotData"]),
  Part("CoordinatorSession", .fleet, .logic, uses: ["RobotData", "Fleet", "Wire"]),
  Part(
    "Coordinator", .fleet, .shell,
    uses: [
      "PlainErrors", "RobotData", "Fleet", "CoordinatorSession", "Wire", "ZeroMQ", "Policy",
      "RecordingStore", "Clocks",
    ]),
  Part(
    "FleetSimulation", .fleet, .shell,
    uses: [
      "RobotData", "Fleet", "CoordinatorSession", "Wire", "Policy", "EndpointLogic",
      "OperatorModel", "SimulatedTasks", "ImageCodecs",
    ]),
  Part("FleetSupervisor", .fleet, .shell, uses: ["PlainErrors", "RobotData"]),
  Part(
    "PlanFiles", .fleet, .device,
    uses: ["PlainErrors", "StrictFiles", "RobotData", "Fleet", yams]),
  // Commands: the programs.
  Part("CommandLineKit", .commands, .shell, uses: ["Numbers", "PlainErrors", arguments, system]),
]

// LibTorch is Debian's, which knows the processor alone; or the one in the folder LIBTORCH (its `lib` and
// `include`, as PyTorch's wheels and pytorch.org have them), which may know graphics cards.
let libtorch = Context.environment["LIBTORCH"].flatMap { $0.isEmpty ? nil : $0 }
let torchHeaders: [String] =
  libtorch.map {
    ["-isystem", $0 + "/include", "-isystem", $0 + "/include/torch/csrc/api/include"]
  }
  ?? ["-isystem", "/usr/include/torch/csrc/api/include"]
let torchLibraries: [String] =
  libtorch.map {
    ["-L" + $0 + "/lib"]
      + ["-rpath", $0 + "/lib", "--no-as-needed", "--allow-shlib-undefined"]
      .flatMap { ["-Xlinker", $0] }
  } ?? []

// C, C++ and libraries of the system, each seen by one part.
let shims: [Target] = [
  .systemLibrary(
    name: "CZeroMQ", path: "Sources/System/CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
  .target(
    name: "CMuJoCo", path: "Sources/System/CMuJoCo",
    linkerSettings: [
      .unsafeFlags([
        "-L\(Context.packageDirectory)/.dependencies/mujoco", "-Xlinker", "-rpath", "-Xlinker",
        "\(Context.packageDirectory)/.dependencies/mujoco",
      ]),
      .linkedLibrary("mujoco"), .linkedLibrary("EGL"),
    ]),
  .systemLibrary(
    name: "CTurboJPEG", path: "Sources/System/CTurboJPEG", providers: [.apt(["libturbojpeg0-dev"])]),
  .systemLibrary(name: "CPNG", path: "Sources/System/CPNG", providers: [.apt(["libpng-dev"])]),
  .target(
    name: "CArrow", path: "Sources/System/CArrow",
    // Arrow's headers need C++20. Their warnings are not ours.
    cxxSettings: [
      .unsafeFlags([
        "-std=c++20", "-isystem", "\(Context.packageDirectory)/.dependencies/arrow/include",
      ])
    ],
    linkerSettings: [
      .unsafeFlags([
        "-L\(Context.packageDirectory)/.dependencies/arrow", "-Xlinker", "-rpath", "-Xlinker",
        "\(Context.packageDirectory)/.dependencies/arrow",
      ]),
      .linkedLibrary("arrow"), .linkedLibrary("parquet"),
    ]),
  .target(
    name: "CAV", path: "Sources/System/CAV",
    linkerSettings: [
      .linkedLibrary("avformat"), .linkedLibrary("avcodec"), .linkedLibrary("avutil"),
      .linkedLibrary("swscale"),
    ]),
  .systemLibrary(name: "CZlib", path: "Sources/System/CZlib", providers: [.apt(["zlib1g-dev"])]),
  .systemLibrary(
    name: "CSodium", path: "Sources/System/CSodium", providers: [.apt(["libsodium-dev"])]),
  .target(
    name: "CReadOnlyVFS", path: "Sources/System/CReadOnlyVFS",
    linkerSettings: [.linkedLibrary("sqlite3")]),
  .target(
    name: "CTensorKernels", path: "Sources/System/CTensorKernels",
    cSettings: [.unsafeFlags(["-O3"])]),
  .target(
    name: "CTorch", path: "Sources/System/CTorch",
    // The package sets no standard of its own: LibTorch's headers need this one, Arrow's another.
    cxxSettings: [.unsafeFlags(["-std=c++17"] + torchHeaders)],
    linkerSettings: [
      .unsafeFlags(torchLibraries),
      .linkedLibrary("torch"), .linkedLibrary("torch_cpu"), .linkedLibrary("c10"),
      .linkedLibrary("m"),
    ]),
  .systemLibrary(
    name: "CNcurses", path: "Sources/System/CNcurses", providers: [.apt(["libncurses-dev"])]),
  .systemLibrary(
    name: "CChafa", path: "Sources/System/CChafa", providers: [.apt(["libchafa-dev"])]),
  .systemLibrary(
    name: "CEvdev", path: "Sources/System/CEvdev", providers: [.apt(["libevdev-dev"])]),
  .systemLibrary(
    name: "CSpnav", path: "Sources/System/CSpnav", providers: [.apt(["libspnav-dev"])]),
  .systemLibrary(name: "CHDF5", path: "Sources/System/CHDF5", providers: [.apt(["libhdf5-dev"])]),
  .systemLibrary(name: "CZstd", path: "Sources/System/CZstd", providers: [.apt(["libzstd-dev"])]),
  .target(
    name: "CPlainInserts", path: "Sources/System/CPlainInserts",
    linkerSettings: [.linkedLibrary("sqlite3")]),
]

// `mallard train` starts mallard-train, so that nothing else loads LibTorch.
let programs: [Target] = [
  .executableTarget(
    name: "mallard-train",
    dependencies: ["Numbers", "CommandLineKit", "PolicyTraining", "Torch", "Policy", arguments],
    path: "Sources/Commands/mallard-train", swiftSettings: strict),
  .executableTarget(
    name: "mallard",
    dependencies: [
      "Numbers", "CommandLineKit", "FleetSupervisor", "PlainErrors", "RobotData", "Fleet", "Wire",
      "ZeroMQ", "Clocks", "Policy", "RecordingStore", "ImageCodecs", "RobotProfiles", "PlanFiles",
      "SimulatedTasks", "MuJoCoRobots", "EndpointLogic", "RobotEndpoint", "Coordinator",
      "CoordinatorSession", "OperatorModel", "ScriptedExpert", "ConsoleLink", "OperatorConsole",
      "ConsoleScreen", "StrictFiles", "Tensors", "VisionTransformer", "Encoders", "TensorFiles",
      "TensorKernels", "Accelerator", "MachineFiles", "PolicyFiles", "TrainedPolicies",
      "PolicyEvaluation", "FleetSimulation", "Plots", "CPlainInserts", "Datasets", "DatasetExport",
      "DatasetImport", arguments, system,
    ], path: "Sources/Commands/mallard",
    exclude: ["Bench/encoder_peers.py", "Bench/lerobot_writer.py"], swiftSettings: strict),
]

extension Target {
  /// The tests of one part, in Tests/FOLDER/PARTTests.
  static func tests(
    of part: String, with extra: [Target.Dependency] = [], exclude: [String] = []
  ) -> Target {
    let folder = parts.first { $0.name == part }?.folder ?? .core
    return .testTarget(
      name: part + "Tests", dependencies: [.byName(name: part)] + extra,
      path: "Tests/\(folder.rawValue)/\(part)Tests", exclude: exclude, swiftSettings: strict)
  }
}

let tests: [Target] = [
  .target(
    name: "MallardTesting",
    dependencies: [
      "RobotData", "Policy", "PolicyFiles", "VisionTransformer", "Datasets", "DatasetExport",
      "ImageCodecs", "RecordingStore",
    ],
    path: "Tests/Support", swiftSettings: strict),
  .target(
    name: "CFaultyVFS", path: "Tests/FaultyVFS", linkerSettings: [.linkedLibrary("sqlite3")]),
  .tests(of: "Tensors"),
  .tests(of: "Numbers"),
  .tests(of: "ZeroMQ"),
  .tests(of: "Wire", with: ["RobotData", "MallardTesting"], exclude: ["Fixtures"]),
  .tests(of: "TensorFiles", with: ["Tensors"]),
  .tests(of: "Plots"),
  .tests(
    of: "StrictFiles",
    with: [
      "RobotData", "RobotProfiles", "PlanFiles", "MachineFiles", "PolicyFiles", "PolicyTraining",
      "ConsoleScreen",
    ]),
  .tests(of: "ImageCodecs", with: ["RobotData", "MallardTesting"]),
  .tests(of: "Checksums"),
  .tests(of: "Digests"),
  .tests(of: "HDF5Files", with: ["MallardTesting"]),
  .tests(of: "McapFiles", with: ["MallardTesting"]),
  .tests(of: "ParquetFiles", with: ["MallardTesting"]),
  .tests(of: "VideoFiles", with: ["RobotData", "MallardTesting"]),
  .tests(
    of: "Encoders",
    with: [
      "Tensors", "VisionTransformer", "TensorFiles", "TensorKernels", "Accelerator", "MachineFiles",
      "MallardTesting",
    ],
    exclude: ["Fixtures"]),
  .tests(
    of: "Accelerator",
    with: [
      "MachineFiles", "Policy", "PolicyFiles", "Tensors", "VisionTransformer", "MallardTesting",
    ], exclude: ["Fixtures"]),
  .tests(
    of: "RecordingStore",
    with: ["RobotData", "MallardTesting", "CFaultyVFS"],
    exclude: ["Fixtures"]),
  .tests(of: "Datasets", with: ["RobotData", "MallardTesting"]),
  .tests(
    of: "DatasetExport",
    with: [
      "Datasets", "RecordingStore", "RobotData", "ImageCodecs", "HDF5Files", "McapFiles",
      "MallardTesting",
    ],
    exclude: ["Peers"]),
  .tests(
    of: "DatasetImport",
    with: [
      "DatasetExport", "Datasets", "RecordingStore", "RobotData", "ImageCodecs", "HDF5Files",
      "MallardTesting",
    ]),
  .tests(of: "RobotEndpoint", with: ["RobotData", "Wire", "ZeroMQ"]),
  .tests(of: "RobotProfiles", with: ["RobotData"]),
  .tests(of: "SimulatedTasks", with: ["RobotData", "MallardTesting"]),
  .tests(of: "OperatorModel", with: ["RobotData", "Wire", "ScriptedExpert", "SimulatedTasks"]),
  .tests(
    of: "MuJoCoRobots",
    with: ["RobotData", "RobotProfiles", "ScriptedExpert", "SimulatedTasks", "MallardTesting"]),
  .tests(of: "EndpointLogic", with: ["RobotData", "Wire", "MallardTesting"]),
  .tests(of: "SpaceMice", with: ["ConsoleScreen", "RobotData"]),
  .tests(of: "Gamepads", with: ["CEvdev", "ConsoleScreen", "RobotData"]),
  .tests(of: "ConsoleScreen", with: ["RobotData", "Wire"], exclude: ["Fixtures"]),
  .tests(of: "Policy", with: ["RobotData", "VisionTransformer", "MallardTesting"]),
  .tests(of: "PolicyFiles", with: ["Policy", "Tensors", "TensorFiles", "MallardTesting"]),
  .tests(
    of: "PolicyNetworks",
    with: ["Policy", "PolicyFiles", "TensorKernels", "TensorFiles", "Tensors", "MallardTesting"],
    exclude: ["Fixtures"]),
  .tests(
    of: "TrainedPolicies",
    with: ["Policy", "PolicyFiles", "RobotData", "ImageCodecs", "MallardTesting"]),
  .tests(
    of: "PolicyTraining",
    with: [
      "RobotData", "Policy", "PolicyFiles", "PolicyNetworks", "Tensors", "TensorKernels", "Torch",
      "VisionTransformer", "RecordingStore", "MallardTesting",
    ]),
  .tests(
    of: "Torch",
    with: ["PolicyTraining", "Policy", "VisionTransformer", "Tensors", "MallardTesting"]),
  .tests(of: "PolicyEvaluation", with: ["Policy", "RobotData"]),
  .tests(of: "FleetSupervisor", with: ["RobotData"]),
  .tests(
    of: "Coordinator",
    with: ["RobotData", "Fleet", "Policy", "Wire", "ZeroMQ", "MallardTesting"]),
  .tests(of: "CoordinatorSession", with: ["RobotData", "Fleet", "Wire", "MallardTesting"]),
  .tests(of: "PlanFiles", with: ["RobotData", "Fleet", "SimulatedTasks", "MallardTesting"]),
  .tests(
    of: "FleetSimulation",
    with: ["RobotData", "Fleet", "Policy", "OperatorModel", "ScriptedExpert", "SimulatedTasks"]),
  .tests(of: "Fleet", with: ["RobotData"]),
  .tests(of: "CommandLineKit", with: ["PlainErrors", "MallardTesting", arguments]),
  .testTarget(name: "TidyTests", path: "Tests/Tidy", swiftSettings: strict),
  .testTarget(
    name: "EndToEndTests",
    dependencies: [
      "RobotData", "Wire", "ZeroMQ", "RecordingStore", "RobotProfiles", "SimulatedTasks", "Policy",
      "PolicyFiles", "ScriptedExpert", "Clocks", "McapFiles", "MallardTesting",
    ], path: "Tests/EndToEnd", swiftSettings: strict),
]

let package = Package(
  name: "mallard",
  dependencies: [
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: parts.map(\.target) + shims + programs + tests
)
