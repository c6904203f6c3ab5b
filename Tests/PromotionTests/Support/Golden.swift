import Foundation
import Testing

/// Texts that are kept beside the tests. `HFTML_RECORD=1` writes them anew, and the test then fails, so that nobody
/// records by accident.
enum Golden {
    static func check(_ text: String, _ name: String, location: SourceLocation = #_sourceLocation) throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/\(name)").path
        if ProcessInfo.processInfo.environment["HFTML_RECORD"] != nil {
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            Issue.record("recorded '\(name)'; run again without HFTML_RECORD", sourceLocation: location)
            return
        }
        let expected = try String(contentsOfFile: path, encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false),
            known = expected.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, pair) in zip(lines, known).enumerated() where pair.0 != pair.1 {
            Issue.record(
                "\(name):\(index + 1): found '\(pair.0)', expected '\(pair.1)'", sourceLocation: location)
            return
        }
        #expect(lines.count == known.count, "\(name) has another number of lines", sourceLocation: location)
    }
}
