import Basics

/// Lines that Git writes into a file that it could not merge, and that somebody may commit by accident.
enum ConflictMarks {
    /// - Parameter line: of a file of which no own line begins so.
    static func isMark(_ line: some StringProtocol) -> Bool {
        ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].contains { line.hasPrefix($0) }
    }

    /// What is wrong with a file whose other lines are all to be kept; nil for one without marks.
    static func problem(_ lines: [String], in file: String) -> String? {
        let numbers = lines.indices.filter { isMark(lines[$0]) }.map { String($0 + 1) }
        guard !numbers.isEmpty else { return nil }
        return "found marks of a merge that Git could not finish in \(file), line \(numbers.joined(separator: ", ")): "
            + "delete these lines and keep all others, then: git add \(file) && git commit"
    }
}
