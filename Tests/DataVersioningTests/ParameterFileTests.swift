import Basics
import ConfigurationFiles
import Testing

/// TOML and JSON parameters, with what Python's `tomllib` and `json` make of them.
@Suite struct ParameterFileTests {
    private func toml(_ text: String) throws -> JSONValue { try ParameterFile.parse(text, file: "p.toml") }

    @Test(
        "TOML is read in the order of the file",
        arguments: [
            (
                "b = 1\na = \"x\"\n[z]\nq=1\n[y]\ninf=inf\nh=0xFF\no=0o7\nbb=0b1\n[[arr]]\nx=1\n[[arr]]\ny.z=2\n",
                "{\"b\":1,\"a\":\"x\",\"z\":{\"q\":1},\"y\":{\"inf\":null,\"h\":255,\"o\":7,\"bb\":1},"
                    + "\"arr\":[{\"x\":1},{\"y\":{\"z\":2}}]}"
            ),
            ("[b]\nx=1\n[a]\ny=1\n[b.c]\nz=1\n", "{\"b\":{\"x\":1,\"c\":{\"z\":1}},\"a\":{\"y\":1}}"),
            ("[[a]]\nx=1\n[a.b]\ny=2\n[[a]]\nx=3", "{\"a\":[{\"x\":1,\"b\":{\"y\":2}},{\"x\":3}]}"),
            ("[a.b.c]\nx=1\n[a]\nb.d=1", "{\"a\":{\"b\":{\"c\":{\"x\":1},\"d\":1}}}"),
            ("a={x=1,y={z=[1, 2,#c\n]}}", "{\"a\":{\"x\":1,\"y\":{\"z\":[1,2]}}}"),
            ("a = 1_000\nb = 1_0.5e1_0\nc = -0\nd = 1e3", "{\"a\":1000,\"b\":105000000000.0,\"c\":0,\"d\":1000.0}"),
            ("x.\"y.z\".w=1\n'k'=2\n1.2=3", "{\"x\":{\"y.z\":{\"w\":1}},\"k\":2,\"1\":{\"2\":3}}"),
            (
                "a=\"\\u00e9\\U0001F600\\t\"\nb='''\n\\x\n'''\nc=\"\"\"x\\\n   y\"\"\"\"\"",
                "{\"a\":\"é😀\\t\",\"b\":\"\\\\x\\n\",\"c\":\"xy\\\"\\\"\"}"
            ),
            (
                "a=1979-05-27 07:32:00\nb=07:32:00.5\nc=1979-05-27T07:32:00.999-07:00",
                "{\"a\":\"1979-05-27 07:32:00\",\"b\":\"07:32:00.5\",\"c\":\"1979-05-27T07:32:00.999-07:00\"}"
            ),
            ("\r\na=1\r\n", "{\"a\":1}"), ("# nothing\n", "{}"),
            ("a=99999999999999999999", "{\"a\":99999999999999999999}"),
        ])
    func tomlOrder(_ text: String, _ expected: String) throws {
        #expect(try toml(text).text(.compact) == expected)
    }

    @Test(
        "malformed TOML is an error with its place, never the end of the program",
        arguments: [
            "[", "[é]", "[*]", "d=2020-01-01T:", "[]", "[a.]", "[a]]", "[[a]", "[a]x=1", "[a]\n[a]", "[a.b]\n[a.b]",
            "[a]\nb.c=1\n[a.b]", "[[a]]\n[a]", "[a]\n[[a]]", "a={b=1}\na.c=2", "a={b=1}\n[a.c]", "a.b=1\na=2",
            "a=1\na=2",
            "a=", "=1", "a=1 b=2", "a=01", "a=.5", "a=5.", "a=1.e3", "a=1__0", "a=_1", "a=1_", "a=-0xF", "a=0b2",
            "a=True",
            "a={x=1,}", "a={x=1\n}", "a=[,]", "a=[1 2]", "a=\"x\ny\"", "a=\"\\q\"", "a=\"\\ud800\"", "a=\"x",
            "a='''x''",
            "a=1\rb=2", "a=\"\u{1}\"", "é=1",
        ])
    func tomlRefused(_ text: String) throws {
        let error = try #require(throws: ConfigError.self) { try toml(text) }
        #expect(error.code == "toml.syntax" && error.message.hasPrefix("p.toml:"), "\(error)")
    }

    @Test("keys of 100,000 parts, 100,000 open brackets and 100,000 tables end at once")
    func tomlBounded() throws {
        let parts = String(repeating: "a.", count: 100_000)
        for text in [parts + "b=1", "[\(parts)b]", "a=" + String(repeating: "[", count: 100_000)] {
            #expect(throws: ConfigError.self) { try toml(text) }
        }
        #expect(try toml(String(repeating: "[[a]]\n", count: 100_000))[key: "a"]?.listValue?.count == 100_000)
    }

    @Test("of a key that stands twice in JSON the last value stands at the first place, as in Python")
    func json() throws {
        let value = try ParameterFile.parse("{\"a\": 1, \"b\": 2, \"a\": {\"c\": 1, \"c\": 3}}", file: "p.json")
        #expect(value.text(.compact) == "{\"a\":{\"c\":3},\"b\":2}")
    }

    @Test("keys of Python's dictionaries keep their type")
    func python() throws {
        let value = try ParameterFile.parse("h = {7: 'a', '7': 'b', 2.5: 'c', True: 'd'}\n", file: "p.py")
        #expect(try value[key: "h"] == ParameterFile.parse("{7: a, '7': b, 2.5: c, true: d}", file: "p.yaml"))
    }

    @Test("a bracket that nobody closes costs its lines once, and a comment inside hides no bracket")
    func openBrackets() throws {
        // Read from the start again for each line, forty thousand of them took more than ten seconds.
        let text = "a = [1,\n" + String(repeating: "2,\n", count: 40_000)
        #expect(try ParameterFile.parse(text, file: "p.py").mapValue?.isEmpty == true)
        let commented = try ParameterFile.parse("a = [1,  # one (\n     2]\nb = 3\n", file: "p.py")
        #expect(commented[key: "a"]?.listValue?.count == 2 && commented[key: "b"]?.intValue == 3)
    }
}
