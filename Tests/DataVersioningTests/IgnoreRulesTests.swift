import DataVersioning
import TestSupport
import Testing

/// Git's pattern language (gitignore(5)), as DVC takes it over for `.dvcignore`.
@Suite struct IgnoreRulesTests {
    static let top = """
        # comment
        *.log
        !keep.log
        /build/
        data/**/raw
        \\#odd
        trail\\\u{20}
        dir/\u{20}\u{20}
        *.cr\r

        \\!bang
        !\\!bang.csv
        """

    @Test(
        "the last pattern that matches decides, and is named with its place",
        arguments: [
            ("a.log", false, "true .dvcignore:2:*.log"), ("x/y/a.log", false, "true .dvcignore:2:*.log"),
            ("x/keep.log", false, "false .dvcignore:3:!keep.log"),
            ("build", true, "true .dvcignore:4:/build/"), ("build", false, nil), ("x/build", true, nil),
            ("data/raw", true, "true .dvcignore:5:data/**/raw"),
            ("data/a/b/raw", false, "true .dvcignore:5:data/**/raw"),
            ("raw", false, nil), ("x/data/raw", false, nil), ("#odd", false, "true .dvcignore:6:\\#odd"),
            ("trail ", false, "true .dvcignore:7:trail\\ "), ("trail", false, nil),
            ("deep/dir", true, "true .dvcignore:8:dir/"), ("deep/dir", false, nil),
            ("a.cr", false, "true .dvcignore:9:*.cr"), ("!bang", false, "true .dvcignore:11:\\!bang"),
            ("!bang.csv", false, "false .dvcignore:12:!\\!bang.csv"), ("comment", false, nil),
            ("# comment", false, nil),
        ] as [(String, Bool, String?)])
    func decides(_ path: String, _ isDirectory: Bool, _ expected: String?) throws {
        let directory = try TemporaryDirectory()
        try directory.write(Self.top, to: ".dvcignore")
        let rules = try IgnoreRules(root: directory.path, for: directory.path)
        let found = rules.decision(path, isDirectory: isDirectory).map { "\($0.isIgnored) \($0.rule)" }
        #expect(found == expected)
        #expect(rules.isIgnored(path, isDirectory: isDirectory) == (expected?.hasPrefix("true") ?? false))
    }

    @Test("a directory's own file holds below it, after those above it")
    func nested() throws {
        let directory = try TemporaryDirectory()
        #expect(try IgnoreRules(root: directory.path, for: directory.path).isEmpty)
        try directory.write("*.tmp\n", to: ".dvcignore")
        try directory.write("!a.tmp\n/only\n", to: "sub/.dvcignore")
        try directory.write("a.tmp\n", to: "sub/deep/.dvcignore")
        let top = try IgnoreRules(root: directory.path, for: directory.path)
        #expect(!top.isEmpty && top.isIgnored("sub/a.tmp", isDirectory: false))
        let below = try IgnoreRules(root: directory.path, for: directory.file("sub/deep"))
        for (path, expected) in [
            ("a.tmp", true), ("sub/a.tmp", false), ("sub/b.tmp", true), ("subway/a.tmp", true),
            ("sub/deep/a.tmp", true),
            ("sub/only", true), ("only", false), ("sub/deep/only", false),
        ] { #expect(below.isIgnored(path, isDirectory: false) == expected, "\(path)") }
        let entered = try top.entering("sub").entering("sub/deep")
        #expect(entered.decision("sub/deep/a.tmp", isDirectory: false)?.rule == "sub/deep/.dvcignore:1:a.tmp")
    }

    @Test("what is ignored is in no entry, and a pointer there is none")
    func workspace() throws {
        let directory = try TemporaryDirectory()
        let workspace = try Workspace.create(directory.path, environment: [:])
        for name in ["d/a", "d/b.tmp", "d/sub/c", "d/sub/d.tmp", "skip/x"] { try directory.write(name, to: name) }
        try directory.write("*.tmp\nskip/\n", to: ".dvcignore")
        let entry = try #require(try workspace.entry(directory.file("d"), shownAs: "d"))
        // "d/a" and "d/sub/c": 3 + 7 bytes.
        #expect(entry.fileCount == 2 && entry.size == 10)
        try directory.write(
            "outs:\n- md5: c4ca4238a0b923820dcc509a6f75849b\n  hash: md5\n  path: x\n", to: "skip/x.dvc")
        try directory.write("outs:\n- md5: c4ca4238a0b923820dcc509a6f75849b\n  hash: md5\n  path: y\n", to: "y.dvc")
        #expect(try workspace.readPointers().pointers.map(\.path) == [directory.file("y.dvc")])
    }
}
