// swift-tools-version: 6.2
// Mallard's parts. All arrows point down:
//
//   5 COMMANDS  mallard   mallard-train > CommandLineKit
//   4 SHELLS    FleetSupervisor  Coordinator  RobotEndpoint  ConsoleLink  OperatorConsole > ConsoleLink
//               TrainedPolicies  FleetSimulation  PolicyTraining  PolicyEvaluation
//               DatasetExport  DatasetImport
//   3 DEVICES   PlainErrors  ZeroMQ > CZeroMQ   RecordingStore > GRDB, CReadOnlyVFS
//               Checksums > CZlib   Digests > CSodium
//               MuJoCoRobots > CMuJoCo
//               ImageCodecs > CTurboJPEG, CPNG   Clocks
//               StrictFiles > Yams   RobotProfiles, PlanFiles, MachineFiles, PolicyFiles > StrictFiles
//               Encoders, PolicyNetworks > TensorKernels > CTensorKernels   TensorFiles
//               PlanFiles > Yams   PolicyFiles > TensorFiles   Torch > CTorch (LibTorch)
//               TerminalScreen > CNcurses   CellPictures > CChafa   Gamepads > CEvdev
//               SpaceMice > CSpnav   HDF5Files > CHDF5
//               McapFiles > CZstd, Checksums
//               ParquetFiles > CArrow (Arrow and Parquet C++)   VideoFiles > CAV (libav)
//   2 LOGIC     Fleet  Wire  CoordinatorSession  Policy  EndpointLogic  OperatorModel
//               SimulatedTasks  ScriptedExpert  VisionTransformer  Accelerator  Plots
//               ConsoleScreen  Datasets
//   1 VALUES    RobotData  Tensors  Numbers (what any part may use)
//
// Values and logic import the standard library and their arrows only; a device wraps exactly one
// outside thing; shells join logic to devices. Only PolicyTraining and mallard-train use Torch, so
// that nothing else loads LibTorch. `make` fetches what is not Swift (see Makefile).
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

extension Target {
  /// A library of the product, in Sources/<name>, that may use `parts` and nothing else.
  static func part(_ name: String, uses parts: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: parts, swiftSettings: strict)
  }

  /// The tests of one part, in Tests/<part>Tests.
  static func tests(of part: String, with extra: [Target.Dependency] = []) -> Target {
    .testTarget(
      name: part + "Tests", dependencies: [.byName(name: part)] + extra, swiftSettings: strict)
  }
}

let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")

let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
// The C functions of the library that GRDB wraps, for what is written with every step.
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let numerics: Target.Dependency = .product(name: "RealModule", package: "swift-numerics")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let arguments: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")

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
  targets: [
    // 1. Values: no I/O, no clock, no thread.
    .part("Numbers"),
    .part("RobotData", uses: ["Numbers"]),
    .part("Tensors", uses: ["Numbers"]),

    // 2. Logic: pure functions and state machines over those values.
    .part("Fleet", uses: ["RobotData"]),
    .target(
      name: "Wire", dependencies: ["RobotData", protobuf], exclude: ["mallard.proto"],
      swiftSettings: strict),
    .part("CoordinatorSession", uses: ["RobotData", "Fleet", "Wire"]),
    .part("Policy", uses: ["Numbers", "RobotData", "VisionTransformer", numerics]),
    .part("Plots", uses: ["Numbers", numerics]),
    .part("SimulatedTasks", uses: ["RobotData", numerics]),
    .part("ScriptedExpert", uses: ["RobotData", "SimulatedTasks", numerics]),
    .part("OperatorModel", uses: ["Numbers", "RobotData", "Wire", "ScriptedExpert"]),
    .part("EndpointLogic", uses: ["RobotData", "Wire"]),
    .part("ConsoleScreen", uses: ["Numbers", "RobotData", "Wire"]),
    .part("VisionTransformer", uses: ["Numbers", "Tensors", numerics]),
    .part("Accelerator", uses: ["Numbers"]),
    .part("Datasets", uses: ["Numbers", "RobotData"]),

    // 3. Devices: one outside thing each, and nothing else.
    .part("Clocks", uses: ["RobotData"]),
    .part("PlainErrors", uses: [system]),
    .systemLibrary(name: "CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
    .part("ZeroMQ", uses: ["PlainErrors", "CZeroMQ"]),
    .target(
      name: "CMuJoCo",
      linkerSettings: [
        .unsafeFlags([
          "-L\(Context.packageDirectory)/.dependencies/mujoco", "-Xlinker", "-rpath", "-Xlinker",
          "\(Context.packageDirectory)/.dependencies/mujoco",
        ]),
        .linkedLibrary("mujoco"), .linkedLibrary("EGL"),
      ]),
    .part(
      "MuJoCoRobots",
      uses: ["Numbers", "RobotData", "SimulatedTasks", "RobotProfiles", "Clocks", "CMuJoCo"]),
    .part("StrictFiles", uses: ["PlainErrors", "RobotData", yams]),
    .part("RobotProfiles", uses: ["StrictFiles", "RobotData"]),
    .part("PlanFiles", uses: ["PlainErrors", "StrictFiles", "RobotData", "Fleet", yams]),
    .systemLibrary(name: "CTurboJPEG", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CPNG", providers: [.apt(["libpng-dev"])]),
    .part("ImageCodecs", uses: ["RobotData", "CTurboJPEG", "CPNG"]),
    .target(
      name: "CArrow",
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
    .part("ParquetFiles", uses: ["CArrow"]),
    .target(
      name: "CAV",
      linkerSettings: [
        .linkedLibrary("avformat"), .linkedLibrary("avcodec"), .linkedLibrary("avutil"),
        .linkedLibrary("swscale"),
      ]),
    .part("VideoFiles", uses: ["Numbers", "CAV", "RobotData"]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .part("Checksums", uses: ["CZlib"]),
    .systemLibrary(name: "CSodium", providers: [.apt(["libsodium-dev"])]),
    .part("Digests", uses: ["CSodium"]),
    .target(name: "CReadOnlyVFS", linkerSettings: [.linkedLibrary("sqlite3")]),
    .part(
      "RecordingStore",
      uses: [
        "PlainErrors", "RobotData", "Clocks", "Checksums", "CReadOnlyVFS", grdb, sqlite, system,
      ]),
    .target(name: "CTensorKernels", cSettings: [.unsafeFlags(["-O3"])]),
    .part("TensorKernels", uses: ["CTensorKernels"]),
    .part(
      "Encoders",
      uses: [
        "Numbers", "Tensors", "VisionTransformer", "Accelerator", "TensorKernels", "CTensorKernels",
      ]),
    .part(
      "PolicyNetworks",
      uses: ["Tensors", "Policy", "VisionTransformer", "TensorKernels", "CTensorKernels"]),
    .part("TensorFiles", uses: ["PlainErrors", "Tensors"]),
    .part(
      "PolicyFiles",
      uses: [
        "Numbers", "PlainErrors", "StrictFiles", "Policy", "Tensors", "TensorFiles",
        "VisionTransformer",
      ]),
    .target(
      name: "CTorch",
      // The package sets no standard of its own: LibTorch's headers need this one, Arrow's another.
      cxxSettings: [.unsafeFlags(["-std=c++17"] + torchHeaders)],
      linkerSettings: [
        .unsafeFlags(torchLibraries),
        .linkedLibrary("torch"), .linkedLibrary("torch_cpu"), .linkedLibrary("c10"),
        .linkedLibrary("m"),
      ]),
    .part("Torch", uses: ["Numbers", "CTorch", "Tensors"]),
    .part("MachineFiles", uses: ["StrictFiles", "Accelerator"]),
    .systemLibrary(name: "CNcurses", providers: [.apt(["libncurses-dev"])]),
    .part("TerminalScreen", uses: ["ConsoleScreen", "CNcurses"]),
    .systemLibrary(name: "CChafa", providers: [.apt(["libchafa-dev"])]),
    .part("CellPictures", uses: ["ConsoleScreen", "CChafa"]),
    .systemLibrary(name: "CEvdev", providers: [.apt(["libevdev-dev"])]),
    .part("Gamepads", uses: ["PlainErrors", "ConsoleScreen", "CEvdev"]),
    .systemLibrary(name: "CSpnav", providers: [.apt(["libspnav-dev"])]),
    .part("SpaceMice", uses: ["ConsoleScreen", "CSpnav"]),
    .systemLibrary(name: "CHDF5", providers: [.apt(["libhdf5-dev"])]),
    .part("HDF5Files", uses: ["CHDF5"]),
    .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
    .part("McapFiles", uses: ["PlainErrors", "CZstd", "Checksums"]),

    // What the recorder is measured beside.
    .target(name: "CPlainInserts", linkerSettings: [.linkedLibrary("sqlite3")]),

    // 4. Shells: join logic to devices, and decide nothing.
    .part("ConsoleLink", uses: ["RobotData", "Wire", "ZeroMQ", "Clocks"]),
    .part(
      "OperatorConsole",
      uses: [
        "RobotData", "Wire", "ZeroMQ", "Clocks", "ConsoleLink", "ConsoleScreen", "TerminalScreen",
        "CellPictures", "ImageCodecs", "Gamepads", "SpaceMice",
      ]),
    .part(
      "RobotEndpoint",
      uses: [
        "PlainErrors", "RobotData", "EndpointLogic", "Wire", "ZeroMQ", "ImageCodecs", "Clocks",
      ]),
    .part(
      "Coordinator",
      uses: [
        "PlainErrors", "RobotData", "Fleet", "CoordinatorSession", "Wire", "ZeroMQ", "Policy",
        "RecordingStore",
        "Clocks",
      ]),
    .part(
      "TrainedPolicies",
      uses: [
        "PlainErrors", "RobotData", "Policy", "PolicyNetworks", "PolicyFiles", "Tensors",
        "VisionTransformer",
        "Encoders", "TensorKernels", "Accelerator", "MachineFiles", "ImageCodecs",
      ]),
    .part(
      "PolicyEvaluation",
      uses: [
        "Numbers", "RobotData", "Policy", "TrainedPolicies", "RecordingStore", "SimulatedTasks",
        "MuJoCoRobots",
      ]),
    .part(
      "DatasetExport",
      uses: [
        "Numbers", "PlainErrors", "RobotData", "Datasets", "RecordingStore", "ImageCodecs",
        "ParquetFiles",
        "VideoFiles",
        "HDF5Files", "McapFiles", "Clocks", system,
      ]),
    .part(
      "DatasetImport",
      uses: [
        "PlainErrors", "RobotData", "Datasets", "DatasetExport", "RecordingStore", "ImageCodecs",
        "HDF5Files", "ParquetFiles", "VideoFiles", "Digests",
      ]),
    .part(
      "FleetSimulation",
      uses: [
        "RobotData", "Fleet", "CoordinatorSession", "Wire", "Policy", "EndpointLogic",
        "OperatorModel",
        "SimulatedTasks", "ImageCodecs",
      ]),
    .part(
      "PolicyTraining",
      uses: [
        "Numbers", "PlainErrors", "StrictFiles", "RobotData", "Policy", "PolicyFiles",
        "PolicyNetworks",
        "Torch", "Tensors",
        "TensorKernels",
        "VisionTransformer", "Encoders", "RecordingStore", "ImageCodecs", "SimulatedTasks",
        "Plots", "Clocks",
      ]),

    // 5. The commands.
    .part("CommandLineKit", uses: ["Numbers", "PlainErrors", arguments, system]),
    .part("FleetSupervisor", uses: ["PlainErrors", "RobotData"]),
    .executableTarget(
      name: "mallard-train",
      dependencies: [
        "Numbers", "CommandLineKit", "PolicyTraining", "Torch", "Policy", "PolicyFiles", "Plots",
        "Clocks",
        arguments,
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "mallard",
      dependencies: [
        "Numbers", "CommandLineKit", "FleetSupervisor", "PlainErrors", "RobotData", "Fleet", "Wire",
        "ZeroMQ",
        "Clocks",
        "Policy",
        "RecordingStore", "ImageCodecs", "RobotProfiles", "PlanFiles", "SimulatedTasks",
        "MuJoCoRobots",
        "EndpointLogic",
        "RobotEndpoint", "Coordinator", "CoordinatorSession", "OperatorModel",
        "ScriptedExpert", "ConsoleLink",
        "OperatorConsole", "ConsoleScreen", "StrictFiles", "Tensors",
        "VisionTransformer", "Encoders", "TensorFiles", "TensorKernels", "Accelerator",
        "MachineFiles", "PolicyFiles", "TrainedPolicies", "PolicyEvaluation", "FleetSimulation",
        "Plots", "CPlainInserts", "Datasets", "DatasetExport", "DatasetImport", arguments, system,
      ], exclude: ["Bench/encoder_peers.py", "Bench/lerobot_writer.py"], swiftSettings: strict),

    // Tests.
    .target(
      name: "MallardTesting",
      dependencies: [
        "RobotData", "Policy", "PolicyFiles", "VisionTransformer", "Datasets", "DatasetExport",
        "ImageCodecs", "RecordingStore",
      ],
      path: "Tests/Support", swiftSettings: strict),
    .tests(of: "Policy", with: ["RobotData", "VisionTransformer", "MallardTesting"]),
    .tests(of: "PolicyFiles", with: ["Policy", "Tensors", "TensorFiles", "MallardTesting"]),
    .testTarget(
      name: "PolicyNetworksTests",
      dependencies: [
        "PolicyNetworks", "Policy", "PolicyFiles", "TensorKernels", "TensorFiles", "Tensors",
        "MallardTesting",
      ],
      exclude: ["Fixtures"], swiftSettings: strict),
    .tests(
      of: "TrainedPolicies",
      with: ["Policy", "PolicyFiles", "RobotData", "ImageCodecs", "MallardTesting"]),
    .tests(of: "CommandLineKit", with: ["PlainErrors", "MallardTesting", arguments]),
    .tests(of: "FleetSupervisor", with: ["RobotData"]),
    .tests(of: "Tensors"),
    .tests(of: "Numbers"),
    .tests(of: "TensorFiles", with: ["Tensors"]),
    .testTarget(
      name: "EncodersTests",
      dependencies: [
        "Encoders", "Tensors", "VisionTransformer", "TensorFiles", "TensorKernels", "Accelerator",
        "MachineFiles", "MallardTesting",
      ],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "AcceleratorTests", dependencies: ["Accelerator", "MachineFiles", "MallardTesting"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .tests(of: "Plots"),
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
    .tests(of: "ZeroMQ"),
    .tests(of: "RobotEndpoint", with: ["RobotData", "Wire", "ZeroMQ"]),
    .tests(
      of: "Coordinator",
      with: ["RobotData", "Fleet", "Policy", "Wire", "ZeroMQ", "MallardTesting"]),
    .tests(of: "CoordinatorSession", with: ["RobotData", "Fleet", "Wire", "MallardTesting"]),
    .tests(of: "RobotProfiles", with: ["RobotData"]),
    .tests(
      of: "StrictFiles",
      with: [
        "RobotData", "RobotProfiles", "PlanFiles", "MachineFiles", "PolicyFiles", "PolicyTraining",
        "ConsoleScreen",
      ]),
    .tests(of: "PlanFiles", with: ["RobotData", "Fleet", "SimulatedTasks", "MallardTesting"]),
    .tests(of: "SimulatedTasks", with: ["RobotData", "MallardTesting"]),
    .tests(of: "OperatorModel", with: ["RobotData", "Wire", "ScriptedExpert", "SimulatedTasks"]),
    .tests(
      of: "FleetSimulation",
      with: [
        "RobotData", "Fleet", "Policy", "OperatorModel", "ScriptedExpert", "SimulatedTasks",
      ]),
    .tests(of: "ImageCodecs", with: ["RobotData", "MallardTesting"]),
    .tests(
      of: "MuJoCoRobots",
      with: ["RobotData", "RobotProfiles", "ScriptedExpert", "SimulatedTasks", "MallardTesting"]),
    .tests(of: "Checksums"),
    .tests(of: "Digests"),
    .target(
      name: "CFaultyVFS", path: "Tests/FaultyVFS", linkerSettings: [.linkedLibrary("sqlite3")]),
    .testTarget(
      name: "RecordingStoreTests",
      dependencies: ["RecordingStore", "RobotData", "MallardTesting", "CFaultyVFS"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "WireTests", dependencies: ["Wire", "RobotData", "MallardTesting"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .tests(of: "Fleet", with: ["RobotData"]),
    .testTarget(
      name: "SpaceMiceTests", dependencies: ["SpaceMice", "ConsoleScreen", "RobotData"],
      swiftSettings: strict),
    .testTarget(
      name: "GamepadsTests", dependencies: ["Gamepads", "CEvdev", "ConsoleScreen", "RobotData"],
      swiftSettings: strict),
    .testTarget(
      name: "ConsoleScreenTests", dependencies: ["ConsoleScreen", "RobotData", "Wire"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .tests(of: "EndpointLogic", with: ["RobotData", "Wire", "MallardTesting"]),
    .tests(of: "HDF5Files", with: ["MallardTesting"]),
    .tests(of: "McapFiles", with: ["MallardTesting"]),
    .tests(of: "Datasets", with: ["RobotData", "MallardTesting"]),
    .tests(of: "ParquetFiles", with: ["MallardTesting"]),
    .tests(of: "VideoFiles", with: ["RobotData", "MallardTesting"]),
    .testTarget(
      name: "DatasetExportTests",
      dependencies: [
        "DatasetExport", "Datasets", "RecordingStore", "RobotData", "ImageCodecs", "HDF5Files",
        "McapFiles", "MallardTesting",
      ],
      exclude: ["Peers"], swiftSettings: strict),
    .tests(
      of: "DatasetImport",
      with: [
        "DatasetExport", "Datasets", "RecordingStore", "RobotData", "ImageCodecs", "HDF5Files",
        "MallardTesting",
      ]),
    .testTarget(name: "TidyTests", swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "RobotData", "Wire", "ZeroMQ", "RecordingStore", "RobotProfiles", "SimulatedTasks",
        "Policy", "PolicyFiles", "ScriptedExpert", "Clocks", "McapFiles", "MallardTesting",
      ],
      swiftSettings: strict),
  ]
)
