internal import Datasets
internal import Foundation
internal import ParquetFiles
internal import VideoFiles

/// The files of `meta` that are written last.
struct LeRobotMetadata {
  private let layout: LeRobotLayout
  private let plan: DatasetPlan
  private let folder: String

  init(_ layout: LeRobotLayout, _ plan: DatasetPlan, in folder: String) {
    self.layout = layout
    self.plan = plan
    self.folder = folder
  }

  func write(_ statistics: LeRobotStatistics) throws {
    var instructions: [String] = []
    for task in plan.tasks where !instructions.contains(task.instruction) {
      instructions.append(task.instruction)
    }
    try writeNames(instructions, column: "task_index", to: "meta/tasks.parquet")
    try writeNames([""] + plan.subtasks, column: "subtask_index", to: "meta/subtasks.parquet")
    try write(info(tasks: instructions.count), to: "meta/info.json")
    try write(statistics.json(layout), to: "meta/stats.json")
  }

  private func info(tasks: Int) -> OrderedJSON {
    .object([
      ("codebase_version", .text("v3.0")), ("robot_type", .text(plan.schema.profile)),
      ("total_episodes", .integer(plan.episodes.count)), ("total_frames", .integer(plan.steps)),
      ("total_tasks", .integer(tasks)), ("chunks_size", .integer(LeRobotLayout.filesOfChunk)),
      ("data_files_size_in_mb", .integer(100)), ("video_files_size_in_mb", .integer(200)),
      ("fps", LeRobotLayout.rate(plan.schema.rate)),
      ("splits", .object([("train", .text("0:\(plan.episodes.count)"))])),
      ("data_path", .text("data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet")),
      (
        "video_path",
        layout.pictures == .video
          ? .text("videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4") : .null
      ),
      ("features", layout.features(codec: VideoCodec.av1.name)),
      (
        "mallard",
        .object([
          ("software", .text(plan.software)), ("profile", .text(plan.schema.profile)),
          ("is_simulated", .bool(plan.schema.isSimulated)),
          (
            "segments",
            .object(
              Segment.allCases.map { segment in
                (
                  segment.rawValue,
                  .object([
                    ("steps", .integer(plan.segments[segment] ?? 0)),
                    ("training_weight", .number(plan.weights[segment])),
                  ])
                )
              })
          ),
          (
            "tasks", .object(plan.tasks.map { ($0.name, .text($0.instruction)) })
          ),
        ])
      ),
    ])
  }

  private func write(_ json: OrderedJSON, to name: String) throws {
    try Data(json.text(isIndented: true).utf8).write(to: URL(filePath: folder + "/" + name))
  }

  /// A table of numbers with texts as its index, in the way of pandas.
  private func writeNames(_ names: [String], column: String, to name: String) throws {
    let index = "__index_level_0__"
    func described(
      _ name: OrderedJSON, _ field: String, _ pandas: String, _ numpy: String
    ) -> OrderedJSON {
      .object([
        ("name", name), ("field_name", .text(field)), ("pandas_type", .text(pandas)),
        ("numpy_type", .text(numpy)), ("metadata", .null),
      ])
    }
    let pandas = OrderedJSON.object([
      ("index_columns", .list([.text(index)])),
      (
        "column_indexes",
        .list([
          .object([
            ("name", .null), ("field_name", .null), ("pandas_type", .text("unicode")),
            ("numpy_type", .text("object")),
            ("metadata", .object([("encoding", .text("UTF-8"))])),
          ])
        ])
      ),
      (
        "columns",
        .list([
          described(.text(column), column, "int64", "int64"),
          described(.null, index, "unicode", "object"),
        ])
      ),
      ("attributes", .object([])),
      ("creator", .object([("library", .text("pyarrow")), ("version", .text("26.0.1"))])),
      ("pandas_version", .text("2.3.0")),
    ])
    let writer = try ParquetWriter(
      path: folder + "/" + name,
      columns: [ParquetColumn(column, .int64), ParquetColumn(index, .largeString)],
      metadata: [("pandas", pandas.text(isIndented: false))])
    for (number, text) in names.enumerated() {
      try writer.append([Int64(number)], to: 0)
      try writer.append(text, to: 1)
    }
    try writer.close()
  }
}
