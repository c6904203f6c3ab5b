import Foundation
import TestSupport

/// One source file, read once.
struct SourceFile: Sendable {
    /// From the repository's root, such as `Sources/Basics/Time.swift`.
    let path: String
    let text: String
    /// The text with comments and the contents of string literals blanked; line breaks stay, so places do.
    let code: String

    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
    var codeLines: [Substring] { code.split(separator: "\n", omittingEmptySubsequences: false) }
    /// `Basics` of `Sources/Basics/Time.swift`.
    var module: String { String(path.split(separator: "/")[1]) }
    /// Written by a generator and left as it wrote it.
    var isGenerated: Bool { path.hasSuffix(".pb.swift") }

    init(_ path: String) throws {
        self.path = path
        text = try String(contentsOfFile: "\(SharedData.repository)/\(path)", encoding: .utf8)
        code = SwiftMask.blank(text)
    }
}

/// The Swift files of the repository.
enum SourceTree {
    static let root = SharedData.repository

    /// Swift files below `Sources` or `Tests`, in order, without fixtures.
    static func files(_ top: String) throws -> [SourceFile] {
        try FileManager.default.subpathsOfDirectory(atPath: "\(root)/\(top)").sorted().filter {
            $0.hasSuffix(".swift") && !$0.contains("/Fixtures/")
        }.map { try SourceFile("\(top)/\($0)") }
    }

    static let sources = Result { try files("Sources") }
    static let tests = Result { try files("Tests") }

    /// Names of the directories below `Sources`.
    static func modules() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(root)/Sources").sorted()
    }

    static func read(_ path: String) throws -> String {
        try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
    }
}

/// Blanks what is not code, so that rules about code are not misled by what is written in comments and texts.
struct SwiftMask {
    private var out: [UInt8]
    private var at = 0

    /// Replaces comments and string literals, with all that is interpolated into them, by spaces; line breaks stay.
    static func blank(_ text: String) -> String {
        var mask = SwiftMask(out: Array(text.utf8))
        while mask.at < mask.out.count {
            if mask.isAt("//") {
                while mask.at < mask.out.count, mask.out[mask.at] != UInt8(ascii: "\n") { mask.clear() }
            } else if mask.isAt("/*") {
                mask.comment()
            } else if mask.isAt("\"") || mask.isAt("#\"") || mask.isAt("##\"") {
                mask.string()
            } else {
                mask.at += 1
            }
        }
        return String(decoding: mask.out, as: UTF8.self)
    }

    private func isAt(_ word: String) -> Bool { out[at...].starts(with: word.utf8) }

    private mutating func clear(_ count: Int = 1) {
        for _ in 0..<min(count, out.count - at) {
            if out[at] != UInt8(ascii: "\n") { out[at] = UInt8(ascii: " ") }
            at += 1
        }
    }

    private mutating func comment() {
        var depth = 0
        repeat {
            if isAt("/*") {
                depth += 1
                clear(2)
            } else if isAt("*/") {
                depth -= 1
                clear(2)
            } else {
                clear()
            }
        } while depth > 0 && at < out.count
    }

    private mutating func string() {
        let hashes = String(repeating: "#", count: out[at...].prefix { $0 == UInt8(ascii: "#") }.count)
        clear(hashes.count)
        let quotes = isAt("\"\"\"") ? "\"\"\"" : "\""
        clear(quotes.count)
        while at < out.count {
            if isAt("\\" + hashes) {
                clear(1 + hashes.count)
                if isAt("(") { interpolation() } else { clear() }
            } else if isAt(quotes + hashes) {
                return clear(quotes.count + hashes.count)
            } else if quotes.count == 1, isAt("\n") {
                return
            } else {
                clear()
            }
        }
    }

    private mutating func interpolation() {
        var depth = 0
        repeat {
            if isAt("\"") {
                string()
                continue
            }
            if isAt("(") { depth += 1 } else if isAt(")") { depth -= 1 }
            clear()
        } while depth > 0 && at < out.count
    }
}
