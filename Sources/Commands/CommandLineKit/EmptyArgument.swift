/// Finds arguments without a text. A variable of a shell that was not set leaves an empty one, and an
/// empty name fits everything: all episodes, no tag, the current folder. No command has a use for one.
enum EmptyArgument {
  /// What is wrong; nil where every argument has a text.
  ///
  /// - Parameter arguments: A command line, the program's name first.
  /// - Returns: A sentence that names the option, or the argument by its number.
  static func fault(in arguments: [String]) -> String? {
    func isEmpty(_ text: some StringProtocol) -> Bool { text.allSatisfy(\.isWhitespace) }
    for (index, argument) in arguments.enumerated().dropFirst() {
      if isEmpty(argument) {
        let before = arguments[index - 1]
        let option = index > 1 && before.hasPrefix("-") && !before.contains("=") ? before : nil
        return "\(option ?? "argument \(index)") is empty; give it a text"
          + (option == nil ? "" : ", or leave it out")
      }
      if argument.hasPrefix("-"), let equals = argument.firstIndex(of: "="),
        isEmpty(argument[argument.index(after: equals)...])
      {
        return "\(argument[..<equals]) is empty; give it a text, or leave it out"
      }
    }
    return nil
  }
}
