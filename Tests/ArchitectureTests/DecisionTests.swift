import Foundation
import Testing

/// Decision notes say whether they hold.
@Suite struct DecisionTests {
    @Test("every decision note has a status line: accepted, proposed, or superseded by another")
    func status() throws {
        let notes = try FileManager.default.subpathsOfDirectory(atPath: "\(SourceTree.root)/Sources").sorted().filter {
            $0.contains(".docc/Decisions/") && $0.hasSuffix(".md")
        }
        #expect(notes.count >= 20)
        for note in notes {
            let lines = try SourceTree.read("Sources/\(note)").split(separator: "\n")
            guard let line = lines.first(where: { $0.hasPrefix("Status: ") }) else {
                Issue.record("Sources/\(note) has no line 'Status: accepted' below its title")
                continue
            }
            let status = line.dropFirst(8).lowercased()
            #expect(
                ["accepted", "proposed", "superseded by "].contains { status.hasPrefix($0) },
                "Sources/\(note): found the status '\(status)'")
            #expect(lines.prefix(3).contains(line), "Sources/\(note): the status stands below the title")
        }
    }
}
