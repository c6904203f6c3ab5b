import Basics
import DataVersioning
import Foundation
import TestSupport
import Testing

/// DVC's configuration files: read as ConfigObj reads them, edited without touching other lines.
@Suite struct INIFileTests {
    static let text = """
        # mine
        [core]
            remote = a
            autostage = true # yes

        ; other
        ['remote "a"']
            url = s3://b/p
            Key = "quoted # not a comment"
            empty =
        """

    private func edited(_ text: String, _ body: (inout INIFile) throws -> Void) throws -> String {
        let directory = try TemporaryDirectory()
        var file = try INIFile(try directory.write(text, to: "config"))
        try body(&file)
        try file.write()
        return try FileChunks.text(directory.file("config"))
    }

    @Test("sections and pairs in order; comments, quotes and case as in ConfigObj")
    func reads() throws {
        let directory = try TemporaryDirectory()
        let sections = try INIFile(try directory.write(Self.text, to: "config")).sections
        #expect(sections.map(\.name) == ["core", "remote \"a\""])
        #expect(
            sections.map { $0.values.map { "\($0.key)=\($0.value)" } } == [
                ["remote=a", "autostage=true"], ["url=s3://b/p", "key=quoted # not a comment", "empty="],
            ])
        #expect(try INIFile(directory.file("none")).sections.isEmpty)
    }

    @Test("an edit changes one line, and nothing else")
    func edits() throws {
        let whole = Self.text + "\n"
        #expect(try edited(Self.text) { _ in } == whole)
        #expect(
            try edited(whole) { try $0.set("core", "remote", "b") } == whole.replacing("remote = a", with: "remote = b")
        )
        // A new key stands at the end of its section, a new section at the end of the file.
        #expect(
            try edited(whole) { try $0.set("core", "no_scm", "True") }
                == whole.replacing("; other\n", with: "; other\n    no_scm = True\n"))
        #expect(
            try edited(whole) { try $0.set("remote \"b\"", "url", "/x") } == whole + "['remote \"b\"']\n    url = /x\n")
        #expect(try edited("") { try $0.set("cache", "dir", "/c") } == "[cache]\n    dir = /c\n")
        #expect(
            try edited(whole) { $0.remove("remote \"a\"", "url") }
                == whole.replacing("    url = s3://b/p\n", with: ""))
        #expect(try edited(whole) { $0.remove("core", "url") } == whole)
        #expect(try edited(whole) { $0.remove(section: "cache") } == whole)
        #expect(
            try edited(whole) { $0.remove(section: "core") }
                == "# mine\n" + whole.components(separatedBy: "; other\n")[1])
        // With its last pair, a section goes.
        #expect(
            try edited("[core]\n    remote = a\n[cache]\n    dir = c\n") { $0.remove("core", "remote") }
                == "[cache]\n    dir = c\n")
    }

    @Test(
        "values that would be read otherwise are quoted, and come back",
        arguments: [
            ("", "''"), (" x ", "' x '"), ("a#b", "'a#b'"), ("a,b", "'a,b'"), ("\"q\"", "'\"q\"'"), ("'q", "\"'q\""),
            ("it's, so", "\"it's, so\""), ("it's", "it's"), ("plain", "plain"),
            ("a b", "a b"), ("s3://b/p?x=1", "s3://b/p?x=1"),
        ])
    func quotes(_ value: String, _ written: String) throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("config")
        var file = try INIFile(path)
        try file.set("core", "remote", value)
        try file.write()
        #expect(try FileChunks.text(path) == "[core]\n    remote = \(written)\n")
        #expect(try INIFile(path).sections[0].values[0].value == value)
    }

    @Test(
        "what would make another file of it is refused",
        arguments: ["a\nurl = x", "a\r", "'\"", "a, 'b' \"c\"", "\u{0}"])
    func refuses(_ value: String) throws {
        let error = #expect(throws: Failure.self) { try edited(Self.text) { try $0.set("core", "remote", value) } }
        #expect(error?.code == "remote.option-value")
    }

    @Test("a file with Windows' line ends is read, and keeps them")
    func lineEnds() throws {
        let text = "[core]\r\n    remote = a\r\n['remote \"a\"']\r\n    url = /x\r\n"
        let directory = try TemporaryDirectory()
        let sections = try INIFile(try directory.write(text, to: "config")).sections
        #expect(sections.map(\.name) == ["core", "remote \"a\""] && sections[1].values[0].value == "/x")
        #expect(try edited(text) { try $0.set("core", "remote", "b") } == text.replacing("= a", with: "= b"))
    }

    @Test("a line that is neither section nor pair is refused with its place")
    func malformed() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("[core]\n\n  nonsense\n", to: "config")
        let error = try #require(throws: ConfigError.self) { try INIFile(path) }
        #expect(error.code == "config.syntax" && error.mark?.line == 3 && error.mark?.file == path)
    }
}

@Suite struct GitIgnoreTests {
    @Test(
        "Git ignores what was named, and not its neighbours",
        arguments: [
            "back\\slash", "end\\", "a\nb", "a\r", "#h", "!x", "trail ", "two  ", "a \\ ", "*", "?", "[a]", "tab\t",
            "a\\nb",
        ])
    func git(_ name: String) throws {
        let directory = try TemporaryDirectory()
        func run(_ arguments: String...) throws -> Int32 {
            try RunProgram.run("/usr/bin/git", arguments, in: directory.path).status
        }
        #expect(try run("init", "-q") == 0)
        try GitIgnore.add(name, in: directory.path)
        #expect(try run("check-ignore", "-q", "--", "./\(name)") == 0)
        #expect(try run("check-ignore", "-q", "--", "./neighbour") == 1)
        try GitIgnore.remove(name, in: directory.path)
        #expect(!Paths.exists(directory.file(".gitignore")))
    }

    /// What dvc 3.67.1 wrote for these names; a trailing space, which it leaves bare, as Git wants it.
    @Test(
        "names are escaped as dvc does",
        arguments: [
            ("prices.csv", "/prices.csv"), ("*star", "/\\*star"), ("[br].txt", "/\\[br\\].txt"), ("!ex", "/\\!ex"),
            ("sp ace: #x.txt", "/sp ace: \\#x.txt"), ("a#b", "/a#b"), ("#a", "/\\#a"), ("what?", "/what\\?"),
            ("end ", "/end\\ "), ("é", "/é"),
        ])
    func escapes(_ name: String, _ line: String) throws {
        let directory = try TemporaryDirectory()
        try GitIgnore.add(name, in: directory.path)
        try GitIgnore.add(name, in: directory.path)
        #expect(try FileChunks.text(directory.file(".gitignore")) == line + "\n")
        try GitIgnore.remove("other", in: directory.path)
        #expect(Paths.exists(directory.file(".gitignore")))
        try GitIgnore.remove(name, in: directory.path)
        #expect(!Paths.exists(directory.file(".gitignore")), "an empty file goes")
    }

    @Test("lines of others stay as they are")
    func keeps() throws {
        let directory = try TemporaryDirectory()
        try GitIgnore.remove("a", in: directory.path)
        #expect(!Paths.exists(directory.file(".gitignore")))
        try directory.write("# mine\n*.o", to: ".gitignore")
        try GitIgnore.add(["b", "a", "b2"], in: directory.path)
        #expect(try FileChunks.text(directory.file(".gitignore")) == "# mine\n*.o\n/b\n/a\n/b2\n")
        try GitIgnore.remove("a", in: directory.path)
        #expect(try FileChunks.text(directory.file(".gitignore")) == "# mine\n*.o\n/b\n/b2\n")
        try directory.write("/a\r\n/b\r\n", to: ".gitignore")
        try GitIgnore.add(["b", "c"], in: directory.path)
        #expect(try FileChunks.text(directory.file(".gitignore")) == "/a\r\n/b\r\n/c\r\n")
        try GitIgnore.remove("b", in: directory.path)
        #expect(try FileChunks.text(directory.file(".gitignore")) == "/a\r\n/c\r\n")
    }
}
