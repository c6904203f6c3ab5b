import Basics
import Foundation
import Testing

/// Every error code stands once in the catalogue, and every entry of the catalogue is thrown somewhere.
@Suite struct ErrorCatalogueTests {
    /// Calls and labels whose first argument is a code, and getters that make one.
    private static let heads = [
        "Failure(", "Error(", "refuse(", " code: ", "(code: ", "var code: String {", "let code = ",
    ]

    /// The text of an argument: from a place to the comma or bracket that ends it. For a getter, to its closing brace.
    private static func argument(_ text: [UInt8], from start: Int, untilBrace: Bool) -> Range<Int> {
        var depth = untilBrace ? 1 : 0, at = start, isText = false, parens: [Int] = []
        while at < text.count {
            let byte = text[at]
            if isText {
                if byte == UInt8(ascii: "\\") {
                    if at + 1 < text.count, text[at + 1] == UInt8(ascii: "(") { parens.append(1); isText = false }
                    at += 2
                    continue
                }
                if byte == UInt8(ascii: "\"") { isText = false }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isText = true
                case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
                    if parens.isEmpty { depth += 1 } else { parens[parens.count - 1] += 1 }
                case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
                    if let last = parens.last {
                        if last == 1 { parens.removeLast(); isText = true } else { parens[parens.count - 1] -= 1 }
                    } else {
                        if depth == 0 { return start..<at }
                        depth -= 1
                        if untilBrace, depth == 0 { return start..<at }
                    }
                case UInt8(ascii: ","): if depth == 0, parens.isEmpty { return start..<at }
                default: break
                }
            }
            at += 1
        }
        return start..<text.count
    }

    /// The string literals of a piece of code, each up to its first interpolation, where a `<` is put.
    private static func literals(_ text: ArraySlice<UInt8>) -> [String] {
        var found: [String] = [], current: [UInt8]?, isCut = false
        for byte in text {
            if let open = current {
                if byte == UInt8(ascii: "\"") {
                    found.append(String(decoding: open, as: UTF8.self) + (isCut ? "<" : ""))
                    (current, isCut) = (nil, false)
                } else if byte == UInt8(ascii: "\\") {
                    isCut = true
                } else if !isCut {
                    current = open + [byte]
                }
            } else if byte == UInt8(ascii: "\"") {
                current = []
            }
        }
        return found
    }

    /// Whether a literal has the form of a code: `family.name`, `family.` before an interpolation, or `internal`.
    private static func isCode(_ literal: String) -> Bool {
        if literal == "internal" { return true }
        let text = literal.hasSuffix("<") ? literal.dropLast() : literal[...]
        guard let dot = text.firstIndex(of: "."), dot != text.startIndex else { return false }
        let family = text[..<dot], name = text[text.index(after: dot)...]
        guard literal.hasSuffix("<") || !name.isEmpty, family.first?.isLetter == true else { return false }
        return (family + name).utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "-")
        }
    }

    /// Every code of the sources with the first place that throws it; a made code ends in `<`.
    private static func thrown() throws -> [String: String] {
        var found: [String: String] = [:]
        for file in try SourceTree.sources.get() where !file.path.contains("ErrorCatalogue") {
            let bytes = Array(file.text.utf8), code = Array(file.code.utf8)
            for head in heads {
                let word = Array(head.utf8)
                var at = 0
                while at + word.count <= code.count {
                    guard code[at] == word[0], code[at..<(at + word.count)].elementsEqual(word) else {
                        at += 1
                        continue
                    }
                    at += word.count
                    let span = argument(bytes, from: at, untilBrace: head.hasSuffix("{"))
                    for literal in literals(bytes[span]) where isCode(literal) {
                        let line = bytes[..<at].count { $0 == UInt8(ascii: "\n") } + 1
                        found[literal] = found[literal] ?? "\(file.path):\(line)"
                    }
                }
            }
        }
        return found
    }

    @Test("every code that is thrown is explained, and every explained code is thrown")
    func catalogueMatchesSources() throws {
        let thrown = try Self.thrown()
        #expect(thrown.count > 250, "the sources could not be read")
        for (code, place) in thrown.sorted(by: { $0.key < $1.key }) {
            let isKnown =
                code.hasSuffix("<")
                ? ErrorCatalogue.all.contains { $0.patternPrefix == String(code.dropLast()) }
                : ErrorCatalogue.entry(code) != nil
            #expect(
                isKnown, "\(place) throws '\(code)', which has no entry in Sources/Basics/Errors/ErrorCatalogue+….swift"
            )
        }
        for entry in ErrorCatalogue.all {
            let key = entry.patternPrefix.map { $0 + "<" } ?? entry.code
            #expect(
                thrown[key] != nil, "the catalogue explains '\(entry.code)', which nothing throws: remove the entry")
        }
    }

    @Test("no code stands in the catalogue twice")
    func unique() {
        var seen: Set<String> = []
        for entry in ErrorCatalogue.all {
            #expect(seen.insert(entry.code).inserted, "'\(entry.code)' stands there twice")
        }
    }

    @Test("every entry says what, why and what next in whole sentences, and has a status of an error")
    func complete() {
        for entry in ErrorCatalogue.all {
            #expect((400...599).contains(entry.httpStatus), "\(entry.code): HTTP status \(entry.httpStatus)")
            for text in [entry.meaning, entry.cause, entry.nextStep] {
                #expect(
                    text.count >= 12 && text.first?.isUppercase == true || text.hasPrefix("`"),
                    "\(entry.code): '\(text)'")
                #expect(
                    !text.hasSuffix(" ") && !text.contains("  ") && !text.contains("\n"), "\(entry.code): '\(text)'")
            }
            #expect(entry.meaning.hasSuffix("."), "\(entry.code): the meaning is no sentence")
            #expect(entry.cause.hasSuffix("."), "\(entry.code): the cause is no sentence")
        }
    }

    @Test("the next step names only commands that exist")
    func commandsExist() throws {
        var commands: Set<String> = ["help", "explain"]
        for file in try SourceTree.sources.get() where file.module == "hftml" {
            for part in file.text.components(separatedBy: "commandName: \"").dropFirst() {
                commands.insert(String(part.prefix { $0 != "\"" }))
            }
            for part in file.text.components(separatedBy: "aliases: [\"").dropFirst() {
                commands.insert(String(part.prefix { $0 != "\"" }))
            }
        }
        #expect(commands.count > 60)
        for entry in ErrorCatalogue.all {
            for text in [entry.cause, entry.nextStep] {
                for part in text.components(separatedBy: "hftml ").dropFirst() {
                    let word = part.prefix { $0.isLetter || $0 == "-" }
                    // After a colon or `&&` it is a command; in prose it is the name of the program.
                    guard !word.isEmpty, !word.hasPrefix("-"),
                        text.contains(": hftml \(word)") || text.contains("&& hftml \(word)")
                    else {
                        continue
                    }
                    #expect(commands.contains(String(word)), "\(entry.code): there is no command 'hftml \(word)'")
                }
            }
        }
    }
}
