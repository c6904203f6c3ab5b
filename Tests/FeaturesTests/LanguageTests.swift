import Basics
import Features
import Foundation
import MarketData
import TestSupport
import Testing

/// What was recorded under another definition of an operator is not computed by the present one.
@Suite struct LanguageTests {
    private static func spec(_ expression: String, more: String = "") throws -> JSONValue {
        try JSONParser.parse("{\"features\": {\"x\": \"\(expression)\"}\(more)}")
    }

    @Test(
        "rsi and ema write the language, also inside other expressions; everything else keeps its JSON",
        arguments: [
            ("rsi(close, 14)", 2), ("ema(close, 4)", 2), ("log(abs(mean(ema(close, 4) / close, 3)) + 1)", 2),
            ("close", 1), ("zscore(volume, 5)", 1), ("corwin_schultz()", 1),
        ])
    func written(expression: String, language: Int) throws {
        let spec = try FeatureSpec(Self.spec(expression))
        #expect(spec.language == language)
        let text = spec.json.text(.compact)
        let before =
            #"{"schemaVersion":1,"hours":"regular","missingBarsAllowed":0,"resetAtSession":true,"features":{"x":""#
        #expect(text == before + expression + (language == 1 ? #""}}"# : #""},"language":2}"#))
        #expect(try FeatureSpec(recorded: spec.json) == spec)
        #expect(try FeatureSpec(spec.json) == spec)
    }

    @Test("without a language, what was recorded with rsi or ema is refused by name; other records are read")
    func recorded() throws {
        for (expression, name) in [
            ("rsi(close, 14)", "'rsi'"), ("close / ema(close, 4)", "'ema'"),
            ("rsi(ema(close, 3), 5)", "'ema' and 'rsi'"),
        ] {
            let node = try Self.spec(expression)
            let error = #expect(throws: Failure.self) { try FeatureSpec(recorded: node) }
            #expect(error?.code == "features.language" && error?.message.contains(name) == true)
            #expect(error?.hint?.contains("train again") == true)
            // A recipe is of the present.
            #expect(try FeatureSpec(node).language == 2)
        }
        #expect(try FeatureSpec(recorded: Self.spec("log_return(close, 1)")).language == 1)
        #expect(throws: Failure.self) { try FeatureSpec(recorded: Self.spec("close", more: ", \"language\": 3")) }
        #expect(throws: Failure.self) { try FeatureSpec(Self.spec("rsi(close, 4)", more: ", \"language\": 1")) }
        #expect(throws: ConfigError.self) { try FeatureSpec(Self.spec("close", more: ", \"language\": 0")) }
    }

    @Test("a table that an older program made with rsi is refused when it is read")
    func table() throws {
        let directory = try TemporaryDirectory()
        for (expression, isRead) in [("rsi(close, 4)", false), ("log_return(close, 4)", true)] {
            var table = FeatureTable(
                spec: try FeatureSpec(Self.spec(expression)), market: MarketSpec(),
                label: LabelSpec(kind: .forwardReturn, horizon: 1, costBps: 0), source: "")
            let session = try #require(
                try KnownTimeTests.sessions(from: CivilDate(year: 2024, month: 6, day: 3), count: 1).first)
            try table.append(
                KnownTimeTests.bars(
                    (0..<30).map { session.open + Int64($0) * 300_000_000_000 }, interval: 300_000_000_000))
            let path = directory.file("t.safetensors")
            try table.write(to: path)
            #expect(try FeatureTable.read(path).rowCount > 0)
            // As older programs wrote it: of the same length, so that the file stays whole.
            let old = Self.without(Array(try Data(contentsOf: URL(fileURLWithPath: path))))
            try AtomicFile.write(to: path) { writer in try old.withUnsafeBytes { try writer.append($0) } }
            if isRead {
                #expect(try FeatureTable.read(path).rowCount > 0)
            } else {
                let error = #expect(throws: Failure.self) { try FeatureTable.read(path) }
                #expect(error?.code == "features.language")
            }
        }
    }

    /// The bytes with spaces in place of the language.
    private static func without(_ bytes: [UInt8]) -> [UInt8] {
        let mark = Array(#",\"language\":2"#.utf8)
        guard let at = bytes.indices.first(where: { bytes[$0...].starts(with: mark) }) else { return bytes }
        var out = bytes
        for index in at..<at + mark.count { out[index] = UInt8(ascii: " ") }
        return out
    }
}
