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
enum SwiftMask {
    /// Replaces comments and string literals by spaces; line breaks stay.
    static func blank(_ text: String) -> String {
        var out = Array(text.utf8), at = 0
        let end = out.count
        func isAt(_ place: Int, _ word: StaticString) -> Bool {
            let count = word.utf8CodeUnitCount
            guard place + count <= end else { return false }
            return (0..<count).allSatisfy { out[place + $0] == word.utf8Start[$0] }
        }
        func clear(_ place: Int) { if out[place] != UInt8(ascii: "\n") { out[place] = UInt8(ascii: " ") } }
        /// Blanks a string literal that begins at `at`, with everything interpolated into it.
        func string() {
            var hashes = 0
            while at < end, out[at] == UInt8(ascii: "#") { hashes += 1; clear(at); at += 1 }
            let isLong = isAt(at, "\"\"\"")
            for _ in 0..<(isLong ? 3 : 1) { clear(at); at += 1 }
            while at < end {
                if out[at] == UInt8(ascii: "\\"),
                    (0..<hashes).allSatisfy({ at + 1 + $0 < end && out[at + 1 + $0] == 35 })
                {
                    for _ in 0...hashes { clear(at); at += 1 }
                    if at < end, out[at] == UInt8(ascii: "(") {
                        interpolation()
                    } else if at < end {
                        clear(at); at += 1
                    }
                } else if isLong ? isAt(at, "\"\"\"") : out[at] == UInt8(ascii: "\"") {
                    let quotes = isLong ? 3 : 1
                    if (0..<hashes).allSatisfy({ at + quotes + $0 < end && out[at + quotes + $0] == 35 }) {
                        for _ in 0..<(quotes + hashes) { clear(at); at += 1 }
                        return
                    }
                    clear(at)
                    at += 1
                } else {
                    if !isLong, out[at] == UInt8(ascii: "\n") { return }
                    clear(at)
                    at += 1
                }
            }
        }
        func interpolation() {
            var depth = 0
            while at < end {
                switch out[at] {
                case UInt8(ascii: "("): depth += 1
                case UInt8(ascii: ")"): depth -= 1
                case UInt8(ascii: "\""):
                    string()
                    continue
                default: break
                }
                clear(at)
                at += 1
                if depth == 0 { return }
            }
        }
        while at < end {
            if isAt(at, "//") {
                while at < end, out[at] != UInt8(ascii: "\n") { clear(at); at += 1 }
            } else if isAt(at, "/*") {
                var depth = 0
                repeat {
                    if isAt(at, "/*") {
                        depth += 1; clear(at); at += 1
                    } else if isAt(at, "*/") {
                        depth -= 1; clear(at); at += 1
                    }
                    clear(at)
                    at += 1
                } while depth > 0 && at < end
            } else if out[at] == UInt8(ascii: "\"") || (out[at] == 35 && (isAt(at, "#\"") || isAt(at, "##\""))) {
                string()
            } else {
                at += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
