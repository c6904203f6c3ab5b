import Basics
import Foundation
import MarketData
import Tables
import TestSupport
import Testing

/// A canonical table in one line, as hftml and a Python script compute it independently.
enum CanonicalPeer {
    static let isThere = SharedData.isThere && SharedData.client("python3") != nil
    private static let script = "\(SharedData.repository)/Tests/MarketDataTests/Fixtures/canonical_peer.py"

    /// Rows, decimals of prices and of sizes, digest.
    static func ours(_ path: String, as table: CanonicalKind? = nil) throws -> String {
        let file = try FoundFiles.find(path)
        let source = try file.read(table ?? file.tables[0])
        var digest = CanonicalDigest(), rows = 0
        while let chunk = try source.next() {
            #expect(chunk.fields == source.fields && chunk.rowCount <= TableChunk.usualRows)
            digest.add(chunk)
            rows += chunk.rowCount
        }
        let scales = source.fields.compactMap { if case .decimal(let scale) = $0.type { scale } else { nil } }
        let size = file.tables[0] == .bars ? scales[4] : scales[1]
        return "\(rows) \(scales[0]) \(size) \(digest.text)"
    }

    /// The same by the script.
    static func theirs(_ kind: String, _ path: String, _ more: String...) throws -> String {
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: try #require(SharedData.client("python3")))
        process.arguments = [script, kind, path] + more
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .newlines)
    }
}
