import Foundation
import Testing

/// Numbers from outside never end the process: where they are converted, and where cells of a database are read.
@Suite struct OutsideNumberTests {
    private static let floating = [
        ".rounded(", "Double(", "Float(", "1e", "log(", "log2(", "log10(", "pow(", "exp(", ".squareRoot()",
        ".uniform()",
        "floor(", "ceil(", ".doubleValue",
    ]
    private static let checked = [
        "saturating: ", "exactly: ", "clamping: ", "truncatingIfNeeded: ", "bitPattern: ", "littleEndian: ",
        "bigEndian: ",
    ]

    /// The commonest forms. All forms are found by the compiler: see `Sources/Basics/UncheckedConversions.swift`.
    @Test("no floating-point number becomes an integer without a check")
    func conversions() throws {
        #expect(Self.unchecked("a = Int(b.rounded()) + Int64(1e9 * x)").count == 2)
        #expect(Self.unchecked("Int(saturating: b.rounded()); Int(c[Int(exactly: Double(d))])").isEmpty)
        for file in try SourceTree.sources.get() where !file.isGenerated {
            for argument in Self.unchecked(file.code) {
                Issue.record("\(file.path): Int(\(argument)) ends the process beyond the range; use Int(saturating:)")
            }
        }
    }

    /// What stands in the parentheses of conversions that end the process for some numbers.
    private static func unchecked(_ code: String) -> [String] {
        code.matches(of: /\b(U?Int(8|16|32|64)?|Nanoseconds)\(/).compactMap { match -> String? in
            var argument = balanced(code[match.range.upperBound...])
            if checked.contains(where: argument.hasPrefix) { return nil }
            // What is checked inside counts as an integer.
            while let inner = argument.firstMatch(of: /\bU?Int(8|16|32|64)?\([a-zA-Z]+:/) {
                let start = argument[..<inner.range.upperBound].lastIndex(of: "(").map { argument.index(after: $0) }
                let rest = balanced(argument[(start ?? inner.range.upperBound)...])
                argument.replaceSubrange(inner.range.lowerBound..<rest.endIndex, with: "n")
            }
            return floating.contains(where: argument.contains) ? String(argument.prefix(60)) : nil
        }
    }

    /// Up to the parenthesis that closes what is open before.
    private static func balanced(_ code: Substring) -> Substring {
        var depth = 1
        for index in code.indices {
            if code[index] == "(" { depth += 1 } else if code[index] == ")" { depth -= 1 }
            if depth == 0 { return code[..<index] }
        }
        return code
    }

    /// Read without bounds, because nothing is ever computed with them.
    private static let plain = ["createdAtNs", "fittedFrom", "fittedTo"]

    @Test("integers of configuration are bounded when they are read, and a bare intValue is computed with nowhere")
    func integers() throws {
        let unbounded = /\breader\.(int|optionalInt)\("([^"]+)"(, default: [^,)]+)?\)/
        let computed = /intValue[^,;{]*[^-<>=!&|] [-+*] |[-+*] [a-zA-Z.\[\]:" ]*intValue/
        #expect(
            "reader.int(\"n\", default: 3)".contains(unbounded) && !"reader.int(\"n\", in: 1...9)".contains(unbounded))
        #expect("(a.intValue ?? 0) + 1".contains(computed) && !"a.intValue.map { $0 }".contains(computed))
        var reads = 0
        for file in try SourceTree.sources.get() where !file.isGenerated {
            for (index, line) in file.lines.enumerated() {
                if line.contains("reader.int(") { reads += 1 }
                if let match = line.firstMatch(of: unbounded), !Self.plain.contains(String(match.output.2)) {
                    Issue.record("\(file.path):\(index + 1): '\(match.output.2)' is read without bounds; say in: 0...n")
                }
                if line.contains(computed), !line.contains("ReportingOverflow") {
                    Issue.record(
                        "\(file.path):\(index + 1) computes with an integer from outside; use plus, minus, times")
                }
            }
        }
        #expect(reads > 50, "the test looks at nothing")
    }

    @Test("cells of a database are read with an error, not with GRDB's subscripts, which end the process")
    func rows() throws {
        let readers = ["Sources/Registry/StoredRow.swift", "Sources/Registry/RegistryDatabase+Query.swift"]
        for file in try SourceTree.sources.get() where file.module == "Registry" && !readers.contains(file.path) {
            for (index, line) in file.codeLines.enumerated() where line.contains(/\bRow\b/) {
                Issue.record("\(file.path):\(index + 1) uses GRDB's Row; use StoredRow")
            }
        }
    }
}
