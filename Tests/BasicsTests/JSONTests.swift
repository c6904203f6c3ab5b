import Basics
import TestSupport
import Testing

@Suite struct JSONTests {
    @Test("parse and print are inverse over many random documents", arguments: 0..<200)
    func roundTrip(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let value = JSONTests.randomValue(&random, depth: 4)
        for layout in [JSONValue.Layout.canonical, .pretty, .compact] {
            #expect(try JSONParser.parse(value.text(layout)) == value, "seed \(seed)")
        }
    }

    static func randomValue(_ random: inout SeededRandom, depth: Int) -> JSONValue {
        switch random.index(below: depth > 0 ? 8 : 6) {
        case 0: return .null
        case 1: return .bool(random.index(below: 2) == 0)
        case 2: return .int(Int(truncatingIfNeeded: random.next()))
        case 3: return .double((random.uniform() - 0.5) * 1e6)
        case 4, 5:
            let scalars: [Unicode.Scalar] = ["a", "\"", "\\", "\n", "é", "😀", "\u{1}", "/", " ", "\u{7f}"]
            var text = String.UnicodeScalarView()
            for _ in 0..<random.index(below: 6) { text.append(scalars[random.index(below: scalars.count)]) }
            return .string(String(text))
        case 6: return .list((0..<random.index(below: 4)).map { _ in randomValue(&random, depth: depth - 1) })
        default: return .map((0..<random.index(below: 4)).map { ("k\($0)", randomValue(&random, depth: depth - 1)) })
        }
    }

    @Test("never traps on damaged text", arguments: 0..<300)
    func hostile(seed: UInt64) {
        var random = SeededRandom(seed: seed, 7)
        var bytes = Array(JSONTests.randomValue(&random, depth: 4).text(.pretty).utf8)
        for _ in 0..<3 where !bytes.isEmpty {
            bytes[random.index(below: bytes.count)] = UInt8(truncatingIfNeeded: random.next())
        }
        _ = try? JSONParser.parse(bytes)
        _ = try? JSONParser.parse(Array(bytes.prefix(random.index(below: bytes.count + 1))))
    }

    @Test("refuses nesting that would exhaust the stack")
    func deep() {
        #expect(throws: ConfigError.self) { try JSONParser.parse(String(repeating: "[", count: 100_000)) }
    }

    @Test("names line and column of a mistake")
    func marks() throws {
        let error = #expect(throws: ConfigError.self) { try JSONParser.parse("{\n  \"a\": tru\n}", file: "x.json") }
        #expect(error?.message.hasPrefix("x.json:2:8:") == true)
    }

    @Test("an unknown key names the nearest valid one")
    func unknownKey() throws {
        let node = try JSONParser.parse("{\"learningRte\": 1}", file: "c.json")
        let error = #expect(throws: ConfigError.self) { try ConfigReader(node, keys: ["learningRate", "epochs"]) }
        #expect(error?.hint == "did you mean 'learningRate'?")
    }
}

@Suite struct CivilDateTests {
    @Test("days and dates are inverse over eight centuries")
    func inverse() {
        for days in stride(from: -150_000, through: 150_000, by: 17) {
            let date = CivilDate(daysSince1970: days)
            #expect(date.daysSince1970 == days && date.isValid)
        }
        #expect(CivilDate(year: 2026, month: 11, day: 21).weekday == 5)
        #expect(!CivilDate(year: 2025, month: 2, day: 29).isValid)
        #expect(TimeText.utc(1_741_617_000_500_000_000) == "2025-03-10T14:30:00.5Z")
        // For people, rounded down on both sides of 1970.
        #expect(TimeText.seconds(1_741_617_000_500_000_000) == "2025-03-10T14:30:00Z")
        #expect(TimeText.seconds(-1) == "1969-12-31T23:59:59Z")
    }

    @Test(
        "what is known by a day is known by its end, with or without a Z; a time is meant as it stands",
        arguments: [
            ("2025-03-10", "2025-03-11T00:00:00Z"), ("2025-03-10Z", "2025-03-11T00:00:00Z"),
            ("2025-03-10T00:00", "2025-03-10T00:00:00Z"), ("2025-03-10T14:30Z", "2025-03-10T14:30:00Z"),
        ])
    func knownBy(_ text: String, _ moment: String) {
        #expect(TimeText.parseKnownBy(text).map(TimeText.utc) == moment)
    }
}

@Suite struct AtomicFileTests {
    @Test("a name as long as a file system allows is written")
    func longName() throws {
        let directory = try TemporaryDirectory(), name = String(repeating: "é", count: 127) + "a"
        try AtomicFile.write("text", to: directory.file(name))
        #expect(try FileChunks.text(directory.file(name)) == "text" && Paths.entries(directory.path) == [name])
    }

    @Test("a failing writer leaves the old content and no leftovers")
    func failure() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/file"
        try AtomicFile.write("old", to: path)
        #expect(throws: Failure.self) {
            try AtomicFile.write(to: path) { writer in
                try writer.append("half of the new")
                throw Failure("test", "stop")
            }
        }
        #expect(try FileChunks.text(path) == "old")
        #expect(try Paths.entries(directory.path) == ["file"])
    }

    @Test("an option path of thousands of parts is refused; it took a gigabyte")
    func deepPath() throws {
        var node = try JSONParser.parse(#"{"a": {"b": 1}}"#)
        #expect(throws: Failure.self) {
            try node.set(path: String(repeating: "a.b", count: 40_000), to: .int(1))
        }
        try node.set(path: "a.b", to: .int(2))
        #expect(node[path: "a.b"]?.intValue == 2)
    }
}
