import Basics
import ConfigurationFiles
import DataVersioning
import Testing

/// YAML as ruamel.yaml 0.19, DVC's reader, has it; what it made of these documents stands on the right.
@Suite struct YAMLFileTests {
    /// As JSON, where keys that are not texts stand without quotes.
    private func shown(_ value: JSONValue) -> String {
        switch value.kind {
        case .map(let entries):
            let pairs = entries.map { entry in
                (entry.keyKind == nil ? JSONValue.string(entry.key).text(.compact) : entry.key) + ": "
                    + shown(entry.value)
            }
            return "{" + pairs.joined(separator: ", ") + "}"
        case .list(let items): return "[" + items.map(shown).joined(separator: ", ") + "]"
        case .number(let number): return number.pythonText
        default: return value.text(.compact)
        }
    }

    @Test(
        "plain scalars are those of YAML 1.2",
        arguments: [
            ("yes", "\"yes\""), ("on", "\"on\""), ("n", "\"n\""), ("0o7", "7"), ("0O7", "\"0O7\""), ("07", "7"),
            ("08", "8"), ("1_000", "1000"), ("_1", "\"_1\""), ("1_", "1"), ("-_1", "-1"), (".5", "0.5"),
            ("-.5", "-0.5"), ("1e3", "1000.0"), ("1E3", "1000.0"), ("1.e3", "1000.0"), (".5e3", "\".5e3\""),
            (".5e+3", "500.0"), ("1.", "1.0"), ("1_0.5_0", "10.5"), ("12:30:45", "\"12:30:45\""),
            ("12:30", "\"12:30\""), ("2020-01-01", "\"2020-01-01\""), ("0x_F", "15"), ("-0xF", "-15"), ("0b11", "3"),
            ("0x", "\"0x\""), ("0o", "\"0o\""), ("+1", "1"), ("-012", "-12"), ("012.5", "12.5"), ("1e", "\"1e\""),
            ("+.nan", "\"+.nan\""), ("-.INF", "-Infinity"), ("1e400", "Infinity"), ("~", "null"), ("nUll", "\"nUll\""),
            ("0x8000000000000000", "9223372036854775808"), ("99999999999999999999", "99999999999999999999"),
            ("-9223372036854775808", "-9223372036854775808"), ("0xFFFFFFFFFFFFFFFFFF", "4722366482869645213695"),
        ])
    func scalars(_ text: String, _ expected: String) throws {
        #expect(shown(try YAMLFile.parse("a: \(text)\n", file: "f")) == "{\"a\": \(expected)}")
    }

    @Test(
        "tags say the type",
        arguments: [
            ("!!str 123", "\"123\""), ("!!str", "\"\""), ("!!str null", "\"null\""), ("!!float 3", "3.0"),
            ("!!float \"3\"", "3.0"), ("!!float 1_0.5", "10.5"), ("!!int \"5\"", "5"), ("!!int 0o17", "15"),
            ("!!bool yes", "true"), ("!!bool TRUE", "true"), ("!!null x", "null"), ("!!binary aGk=", "\"hi\""),
            ("!!timestamp 2020-01-01", "\"2020-01-01\""), ("!!seq [1]", "[1]"), ("!!map {b: 1}", "{\"b\": 1}"),
            ("! 12", "12"), ("!<tag:yaml.org,2002:str> 1", "\"1\""),
        ])
    func tags(_ text: String, _ expected: String) throws {
        #expect(shown(try YAMLFile.parse("a: \(text)\n", file: "f")) == "{\"a\": \(expected)}")
    }

    @Test(
        "what DVC's reader refuses is refused, with its place",
        arguments: [
            "a: !!float x", "a: !!int 1.5", "a: !!bool x", "a: !!timestamp x", "a: !custom x", "a: !custom {b: 1}",
            "a: !custom [1]", "a: !!foo x", "a: !!str [1]", "a: !!map x", "{a: 1, a: 2}", "{1: a, 1.0: b}",
            "{1: a, true: b}", "{{a: 1}: a}", "b:\n  <<: 1\n", "b:\n  <<: [1]\n", "b:\n  <<:\n", "b: <<\n",
            "x: &x 1\nb:\n  <<: {c: 1}\n  <<: {d: 1}\n", "a: *x", "a: &x [*x]", "--- \na: 1\n---\nb: 1\n", "a: [1,2\n",
            "%YAML 1.1\n---\na: yes\n",
        ])
    func refused(_ text: String) throws {
        let error = try #require(throws: ConfigError.self) { try YAMLFile.parse(text, file: "f.yaml") }
        #expect(error.code == "yaml.syntax" && error.message.hasPrefix("f.yaml:"), "\(error)")
    }

    @Test(
        "merge keys merge: what is merged stands first, what the map says itself wins",
        arguments: [
            ("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\n", "{\"x\": 1, \"y\": 3}"),
            ("a: &a {x: 1, y: 2}\nb:\n  y: 3\n  <<: *a\n  z: 4\n", "{\"x\": 1, \"y\": 3, \"z\": 4}"),
            (
                "a: &a {x: 1, y: 2}\nc: &c {y: 5, w: 6}\nb:\n  <<: [*a, *c]\n  z: 4\n",
                "{\"y\": 2, \"w\": 6, \"x\": 1, \"z\": 4}"
            ),
            (
                "a: &a {x: 1, y: 2}\nc: &c {y: 5, w: 6}\nb:\n  z: 4\n  <<: [*c, *a]\n",
                "{\"x\": 1, \"y\": 5, \"w\": 6, \"z\": 4}"
            ),
            (
                "a: &a {x: 1}\nc: &c {<<: *a, w: 6}\nb:\n  z: 4\n  <<: *c\n", "{\"x\": 1, \"w\": 6, \"z\": 4}"
            ),
            ("a: &a {x: {p: 1}}\nb:\n  <<: *a\n  x: {q: 2}\n", "{\"x\": {\"q\": 2}}"),
            ("a: &a {x: 1, 1: 2}\nb: {<<: *a, 1: 3}\n", "{\"x\": 1, 1: 3}"), ("b:\n  <<: []\n", "{}"),
            ("b:\n  \"<<\": {x: 1}\n", "{\"<<\": {\"x\": 1}}"), ("b:\n  !!merge x: {x: 1}\n", "{\"x\": 1}"),
        ])
    func merges(_ text: String, _ expected: String) throws {
        #expect(shown(try #require(try YAMLFile.parse(text, file: "f")[key: "b"])) == expected)
    }

    @Test("an alias names what its anchor named last; an anchor inside of a value hides the one of the value")
    func aliases() throws {
        #expect(
            shown(try YAMLFile.parse("a: &x 1\nb: &x 2\nc: *x\n", file: "f")) == "{\"a\": 1, \"b\": 2, \"c\": 2}")
        #expect(
            shown(try YAMLFile.parse("a: &x [&x [1]]\nb: *x\n", file: "f")) == "{\"a\": [[1]], \"b\": [1]}")
    }

    @Test("keys keep their type, and two keys that differ in their bytes only are two")
    func keys() throws {
        let text = "{1: a, 1.5: b, false: c, ~: d, '1': e, '1.5': f, 2020-01-01: g, \u{E9}: h, e\u{301}: i}"
        #expect(
            shown(try YAMLFile.parse(text, file: "f"))
                == "{1: \"a\", 1.5: \"b\", false: \"c\", null: \"d\", \"1\": \"e\", \"1.5\": \"f\", "
                + "\"2020-01-01\": \"g\", \"\u{E9}\": \"h\", \"e\u{301}\": \"i\"}")
        func parsed(_ text: String) throws -> JSONValue { try YAMLFile.parse(text, file: "f") }
        #expect(try parsed("{1: a}") != parsed("{'1': a}") && parsed("{1: a}") == parsed("{1.0: a}"))
        #expect(
            try parsed("{a: 1, b: 2}") == parsed("{b: 2, a: 1}") && parsed("{\u{E9}: 1}") != parsed("{e\u{301}: 1}"))
        // Python sorts numbers by value where it writes what DVC hashes.
        #expect(try parsed("{10: a, 9: b, 1.5: c}").text(.canonical) == "{\"1.5\": \"c\", \"9\": \"b\", \"10\": \"a\"}")
    }

    @Test("a small file cannot unfold without bound, in values or in levels")
    func bounded() {
        var laughs = "a0: &a0 [l, l, l, l, l, l, l, l, l, l]\n"
        for level in 1...12 {
            laughs +=
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
                + "]\n"
        }
        var merged = "m0: &m0 {" + (0..<2000).map { "k\($0): 1" }.joined(separator: ", ") + "}\n"
        for level in 1...2000 { merged += "m\(level): {<<: *m0}\n" }
        var deep = "d0: &d0 [1]\n"
        for level in 1...2000 { deep += "d\(level): &d\(level) [*d\(level - 1)]\n" }
        for text in [laughs, merged, deep, String(repeating: "[", count: 50_000), "? *b : x"] {
            #expect(throws: ConfigError.self) { try YAMLFile.parse(text, file: "f") }
        }
    }

    @Test("what stands at several places of what was read is written once, as DVC writes it")
    func shared() throws {
        let value = try YAMLFile.parse(
            "a: &a {x: 1, y: [1, 2]}\nh: {<<: *a, x: 2}\ng: *a\nl: [*a, *a]\ne: &e []\nf: *e\n", file: "f")
        #expect(
            YAMLWriter.text(value) == """
                a: &id002
                  x: 1
                  y: &id001
                  - 1
                  - 2
                h:
                  x: 2
                  y: *id001
                g: *id002
                l:
                - *id002
                - *id002
                e: &id003 []
                f: *id003

                """)
        var changed = value
        try changed.set(path: "g.x", to: .int(7))
        #expect(YAMLWriter.text(changed).contains("g:\n  x: 7\n"), "what became different is not shared")
        let keys = try YAMLFile.parse("{1: a, 0.5: b, false: c, ~: d, '1': e, \"x\\ny\": {z: 1}}", file: "f")
        #expect(
            YAMLWriter.text(keys) == "1: a\n0.5: b\nfalse: c\nnull: d\n'1': e\n? \"x\\ny\"\n: z: 1\n")
    }
}
