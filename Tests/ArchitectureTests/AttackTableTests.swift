import Basics
import Foundation
import Testing

/// The table of attacks names tests, codes and words that exist.
@Suite struct AttackTableTests {
    private static let page = "Sources/Deployment/Deployment.docc/Attacks.md"

    /// A line of the table of attacks.
    struct Row: Sendable, CustomTestStringConvertible {
        let attack: String
        let before: String
        let says: String
        /// Suite, and name of the test or of a case of it.
        let test: (suite: String, name: String)
        var testDescription: String { attack }

        /// Nil for a line of another table, or a heading.
        init?(_ line: Substring) {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 5, cells[0] != "attack", !cells[0].hasPrefix("---"),
                let colon = cells[4].range(of: ": ")
            else { return nil }
            (attack, before, says) = (cells[0], cells[1], cells[3])
            test = (String(cells[4][..<colon.lowerBound]), String(cells[4][colon.upperBound...]))
        }

        /// Between two marks of one kind.
        func parts(_ mark: Character) -> [String] {
            says.split(separator: mark, omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
                .map { String($0.element) }
        }
    }

    private static let rows = Result { try SourceTree.read(page).split(separator: "\n").compactMap(Row.init) }

    @Test("the table has every attack that was ever asked for, and says of each what was before")
    func complete() throws {
        let rows = try Self.rows.get()
        #expect(rows.count >= 90, "\(rows.count) rows could be read")
        #expect(Set(rows.map(\.attack)).count == rows.count, "an attack stands there twice")
        for row in rows { #expect(!row.before.isEmpty && !row.says.isEmpty, "\(row.attack)") }
        let asked = [
            "weaker policy", "another strategy", "forged verdict, with no entry", "forged verdict with an entry",
            "end of the log cut", "whole log rewritten", "no anchor", "author of a version", "approval replayed",
            "rejected after the gate", "key revoked after the gate", "freeze begun", "waiver of the future",
            "waiver of the sibling", "downgrade", "paper to live", "inbox swap", "a link in the inbox",
            "forged receipt", "cross-environment receipt", "symlinked environment", "deleted alias",
            "capital letters", "one person two keys", "own keys", "environment variable identity",
            "archive with foreign evidence", "costBps: 0", "500 strategies", "one dropped feature",
            "a canary of a second",
        ]
        for words in asked { #expect(rows.contains { $0.attack.contains(words) }, "no row on: \(words)") }
    }

    @Test("every row names a test that exists")
    func tests() throws {
        let files = try SourceTree.tests.get()
        for row in try Self.rows.get() {
            let suite = files.filter { $0.path.hasSuffix("/\(row.test.suite).swift") }
            #expect(!suite.isEmpty, "\(row.attack): there is no file \(row.test.suite).swift")
            let name = "\"\(row.test.name)\""
            #expect(
                suite.contains { $0.text.contains(name) }, "\(row.attack): \(row.test.suite) has no test named \(name)")
        }
    }

    @Test("every code is in the catalogue, and every word stands in the program")
    func words() throws {
        let sources = try SourceTree.sources.get()
        for row in try Self.rows.get() {
            let codes = row.parts("`"), words = row.parts("\"")
            #expect(codes.count + words.count > 0 || row.says == "—", "\(row.attack): '\(row.says)'")
            for code in codes { #expect(ErrorCatalogue.entry(code) != nil, "\(row.attack): no entry for '\(code)'") }
            for word in words {
                #expect(
                    sources.contains { $0.text.contains(word) }, "\(row.attack): nothing says '\(word)' any more")
            }
        }
    }
}
