import Testing

/// Files fit a few screens and functions one; what does not is listed with its reason.
@Suite struct SizeTests {
    private static let mostLines = 300, mostFunctionLines = 70

    /// The only longer ones: a file, or a file and a function.
    private static let reasons: [String: String] = [
        "Sources/Registry/Exchange/VersionRecords.swift func `import`":
            "one transaction, read from top to bottom in the order in which rows depend on each other",
        "Sources/Registry/RegistrySchema+Evidence.swift":
            "migrations are a history: what a release wrote stays as it was",
        "Sources/Registry/RegistryDatabase+Search.swift":
            "one SQL builder: every clause of the filter language beside the others",
        "Sources/Workflows/Gate/CollectEvidence.swift func run":
            "the evidence of a gate in the order in which its parts need each other",
        "Tests/CommandLineTests/EvidenceFlowTests.swift":
            "scenarios of started programs, each of which builds on the one before",
        "Tests/CommandLineTests/EvidenceFlowTests.swift func archives": "one archive, and every way to tamper with it",
        "Tests/CommandLineTests/EvidenceFlowTests.swift func hooks":
            "one hook from its making to its removal, in the order of a day",
        "Tests/CommandLineTests/EvidenceFlowTests.swift func health":
            "one promotion that turns out unhealthy, from its start to its end",
        "Tests/CommandLineTests/FlowTests.swift func wholeFlow":
            "the whole flow once, from raw data to a receipt; a part of it proves nothing",
        "Tests/CommandLineTests/InterruptionTests.swift func kills":
            "kills one program at every stage of its work and checks what is left",
        "Tests/CommandLineTests/PromotionAttackTests.swift":
            "attacks on one promoted version, which takes a minute to make",
        "Tests/CommandLineTests/PromotionAttackTests.swift func attacks":
            "a list of attacks on one promoted version, each with what must refuse it",
        "Tests/CommandLineTests/RemoteTests.swift func s3":
            "one bucket from the first push to the last garbage collection",
        "Tests/CommandLineTests/VersioningTests.swift": "scenarios with real dvc beside hftml, on one repository each",
        "Tests/MarketDataTests/Formats/BinanceTests.swift func books":
            "one pass over a real capture, held against every line of both answer keys",
        "Tests/TradingTests/RiskRuleTests.swift":
            "every rule of the risk specification with what it lets through and refuses",
        "Tests/RegistryTests/RowLogTests.swift": "every way to change a row behind the log's back, and what is none",
        "Tests/RegistryTests/EvidenceTests.swift": "one registry and everything that may be put on record in it",
    ]

    @Test("files over 300 lines and functions over 70 are listed with their reason")
    func sizes() throws {
        var long: Set<String> = []
        for file in try SourceTree.sources.get() + SourceTree.tests.get() where !file.isGenerated {
            let count = file.lines.count - (file.text.hasSuffix("\n") ? 1 : 0)
            if count > Self.mostLines {
                long.insert(file.path)
                #expect(Self.reasons[file.path] != nil, "\(file.path) has \(count) lines and no reason in the table")
            }
            for function in FunctionSpans.of(file.code) where function.lines > Self.mostFunctionLines {
                let key = "\(file.path) \(function.name)"
                long.insert(key)
                #expect(
                    Self.reasons[key] != nil,
                    """
                    \(file.path):\(function.line): \(function.name) has \
                    \(function.lines) lines and no reason in the table
                    """
                )
            }
        }
        for (key, reason) in Self.reasons {
            #expect(long.contains(key), "'\(key)' is short now: remove it from the table")
            #expect(reason.count > 20, "'\(key)' has no reason")
        }
    }
}

/// Where functions and initialisers begin and end.
enum FunctionSpans {
    struct Span {
        let name: String
        /// From 1.
        let line: Int
        /// From the line with `func` or `init` to the one with the closing brace.
        let lines: Int
    }

    /// - Parameter code: source with comments and texts blanked.
    static func of(_ code: String) -> [Span] {
        let bytes = Array(code.utf8)
        var spans: [Span] = [], line = 1, at = 0
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "\n") { line += 1 }
            if let name = head(bytes, at), let lines = length(bytes, from: at + name.utf8.count) {
                spans.append(Span(name: name, line: line, lines: lines))
            }
            at += 1
        }
        return spans
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte >= 128 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 32) || (48...57).contains(byte)
    }

    /// `func name` or `init` that begins here.
    private static func head(_ bytes: [UInt8], _ at: Int) -> String? {
        guard at == 0 || !isWord(bytes[at - 1]) else { return nil }
        if bytes[at...].starts(with: "func ".utf8) {
            let name = bytes[(at + 5)...].prefix { $0 != UInt8(ascii: "(") && $0 != UInt8(ascii: "<") && $0 != 10 }
            return "func " + String(decoding: name, as: UTF8.self)
        }
        for word in ["init(", "init?(", "init<"] where bytes[at...].starts(with: word.utf8) {
            return String(word.dropLast())
        }
        return nil
    }

    /// Lines to the closing brace; nil for a declaration without a body, or a call.
    private static func length(_ bytes: [UInt8], from start: Int) -> Int? {
        var at = start, parens = 0, braces = 0, lines = 1
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "("), UInt8(ascii: "["): if braces == 0 { parens += 1 }
            case UInt8(ascii: ")"), UInt8(ascii: "]"):
                if braces == 0 { parens -= 1 }
                if parens < 0 { return nil }
            case UInt8(ascii: "{") where parens == 0: braces += 1
            case UInt8(ascii: "}") where parens == 0:
                braces -= 1
                if braces == 0 { return lines }
                if braces < 0 { return nil }
            case UInt8(ascii: "\n"):
                if parens == 0, braces == 0 {
                    let next = bytes[at...].drop { $0 == 10 || $0 == 32 }
                    let goesOn = ["{", "where ", "throws", "->", "async", "rethrows"].contains {
                        next.starts(with: $0.utf8)
                    }
                    if !goesOn { return nil }
                }
                lines += 1
            case UInt8(ascii: ",") where parens == 0 && braces == 0, UInt8(ascii: "=") where parens == 0 && braces == 0,
                UInt8(ascii: ";") where parens == 0 && braces == 0:
                return nil
            default: break
            }
            at += 1
        }
        return nil
    }
}
