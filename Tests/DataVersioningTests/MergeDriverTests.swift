import Basics
import DataVersioning
import Foundation
import TestSupport
import Testing

/// What Git asks for when both sides of a merge changed a pointer or a lock.
@Suite struct MergeDriverTests {
    private static func lock(_ stages: [(String, String)]) throws -> String {
        var lock = try LockFile("none/dvc.lock")
        for (name, command) in stages { lock.set(name, .init(commands: [command], dependencies: [], outputs: [])) }
        return lock.text()
    }

    private func merge(_ base: String, _ ours: String, _ theirs: String, _ path: String) throws -> MergeDriver.Result {
        let directory = try TemporaryDirectory()
        return try MergeDriver(try Workspace.create(directory.path, environment: [:])).merge(
            base: base, ours: ours, theirs: theirs, path: path)
    }

    @Test("where one side changed nothing, the other is taken as it is, byte for byte")
    func oneSided() throws {
        for path in ["a/dvc.lock", "partitions.lock", "x.dvc"] {
            #expect(try merge("old", "old", "new # c", path).text == "new # c")
            #expect(try merge("old", "new # c", "old", path).text == "new # c")
            #expect(try merge("old", "new", "new", path).text == "new")
        }
    }

    @Test("locks merge stage by stage")
    func locks() throws {
        let base = [
            ("same", "s"), ("mine", "m"), ("theirs", "t"), ("both", "b"), ("alike", "a"), ("gone", "g"), ("kept", "k"),
        ]
        let ours = [
            ("same", "s"), ("mine", "m1"), ("theirs", "t"), ("both", "b1"), ("alike", "a1"), ("gone", "g"),
            ("kept", "k1"), ("new1", "n"),
        ]
        let theirs = [("same", "s"), ("mine", "m"), ("theirs", "t2"), ("both", "b2"), ("alike", "a1"), ("new2", "n")]
        let result = try merge(try Self.lock(base), try Self.lock(ours), try Self.lock(theirs), "p/dvc.lock")
        let merged = try LockFile("dvc.lock", text: result.text)
        #expect(
            merged.stages.map { "\($0.name) \($0.stage.commands[0])" } == [
                "same s", "mine m1", "theirs t2", "alike a1", "kept k1", "new1 n", "new2 n",
            ])
        #expect(result.notes == ["stage 'both' was run on both sides with different results; it will run again"])
        // A stage that they removed stays removed, and one that we removed is not brought back.
        let removed = try merge(
            try Self.lock([("a", "1"), ("b", "1")]), try Self.lock([("b", "2")]),
            try Self.lock([("a", "1"), ("b", "1"), ("c", "1")]),
            "dvc.lock")
        #expect(try LockFile("dvc.lock", text: removed.text).stages.map(\.name) == ["b", "c"] && removed.notes == [])
        // Without a common ancestor, equal stages are one.
        let foreign = try merge(
            "", try Self.lock([("a", "1"), ("b", "1")]), try Self.lock([("a", "1"), ("b", "2")]), "dvc.lock")
        #expect(try LockFile("dvc.lock", text: foreign.text).stages.map(\.name) == ["a"] && foreign.notes.count == 1)
    }

    @Test("partitions merge line by line, sorted")
    func partitions() throws {
        func text(_ rows: [(String, String)]) -> String {
            "# header\n" + rows.map { "stage\t\($0.0)\t\($0.1)\tr\to\t.\n" }.joined()
        }
        let result = try merge(
            text([("a", "1"), ("b", "1"), ("c", "1"), ("d", "1"), ("e", "1")]),
            text([("a", "1"), ("b", "2"), ("c", "1"), ("d", "2"), ("f", "1")]),
            text([("a", "1"), ("b", "1"), ("c", "3"), ("d", "3"), ("e", "1"), ("g", "1")]), "partitions.lock")
        #expect(result.text == text([("a", "1"), ("b", "2"), ("c", "3"), ("f", "1"), ("g", "1")]))
        #expect(
            result.notes == ["the partition 'stage d' was run on both sides with different results; it will run again"])
    }

    @Test("directories merge file by file; a clash and a missing file are a person's to decide")
    func pointers() throws {
        let directory = try TemporaryDirectory()
        let workspace = try Workspace.create(directory.path, environment: [:])
        /// The pointer of a directory with these files.
        func pointer(_ files: [String: String]) throws -> String {
            try Paths.remove(directory.file("d"))
            for (name, text) in files { try directory.write(text, to: "d/\(name)") }
            _ = try workspace.add(directory.file("d"))
            return try FileChunks.text(directory.file("d.dvc"))
        }
        let base = try pointer(["same": "1", "mine": "1", "theirs": "1", "gone": "1", "alike": "1"])
        let ours = try pointer(["same": "1", "mine": "22", "theirs": "1", "gone": "1", "alike": "4444", "new1": "1"])
        let theirs = try pointer(["same": "1", "mine": "1", "theirs": "333", "alike": "4444", "sub/new2": "1"])
        let expected = try pointer([
            "same": "1", "mine": "22", "theirs": "333", "alike": "4444", "new1": "1", "sub/new2": "1",
        ])
        let driver = MergeDriver(workspace)
        let result = try driver.merge(base: base, ours: ours, theirs: theirs, path: "d.dvc")
        #expect(result.text == expected)
        #expect(result.notes.count == 1 && result.notes[0].contains("(6)"))
        let clash = try pointer(["same": "1", "mine": "5", "theirs": "1", "gone": "7", "alike": "1"])
        let error = try #require(throws: Failure.self) {
            try driver.merge(base: base, ours: ours, theirs: clash, path: "d.dvc")
        }
        #expect(error.code == "merge.conflict" && error.message.contains("both changed mine"), "\(error)")
        // They changed what we removed: that is a clash as well.
        let removal = try #require(throws: Failure.self) {
            try driver.merge(base: base, ours: theirs, theirs: clash, path: "d.dvc")
        }
        #expect(removal.message.contains("both changed gone"), "\(removal)")
        // The merged content must be in the cache as a whole.
        try Paths.remove(workspace.store.path(Digest.md5(Array("333".utf8))))
        let missing = try #require(throws: Failure.self) {
            try driver.merge(base: base, ours: ours, theirs: theirs, path: "d.dvc")
        }
        #expect(missing.code == "merge.missing")
    }

    @Test("entries of a lock that nobody changed keep what is not ours, and a changed one is taken as it stands")
    func foreignKeys() throws {
        func text(_ etag: String, _ command: String, _ other: String) -> String {
            """
            schema: '2.0'
            stages:
              # bucket
              imp:
                cmd: a
                deps:
                - path: s3://b/x
                  etag: \(etag)
              z:
                cmd: \(command)
              y:
                cmd: \(other) # \(other)

            """
        }
        let result = try merge(text("1", "b", "y"), text("1", "c", "y"), text("2", "b", "yy"), "dvc.lock")
        #expect(result.text == text("2", "c", "yy") && result.notes == [])
        let both = try merge(text("1", "b", "y"), text("3", "b", "y"), text("2", "b", "y"), "dvc.lock")
        #expect(!both.text.contains("s3://") && both.notes.count == 1, "another version of the source is a difference")
    }

    @Test("pointers merge output by output, and keep words and comments of both sides")
    func outputs() throws {
        func text(_ a: Character, _ b: Character, _ desc: String) -> String {
            func md5(_ digit: Character) -> String { String(repeating: digit, count: 32) }
            return "# c\nouts:\n- md5: \(md5(a)) # a\n  size: 1\n  hash: md5\n  path: a\n"
                + "- md5: \(md5(b))\n  size: 1\n  hash: md5\n  path: b\n  desc: \(desc)\n"
        }
        #expect(
            try merge(text("a", "a", "d"), text("b", "a", "d"), text("a", "c", "e"), "x.dvc").text
                == text("b", "c", "e"))
        #expect(
            try merge(text("a", "a", "d"), text("a", "a", "e"), text("b", "a", "d"), "x.dvc").text
                == text("b", "a", "e"))
        #expect(throws: Failure.self) {
            try merge(text("a", "a", "d"), text("a", "a", "e"), text("a", "a", "f"), "x.dvc")
        }
    }

    @Test("two names that differ in their Unicode form only are two files")
    func unicode() throws {
        let directory = try TemporaryDirectory()
        let workspace = try Workspace.create(directory.path, environment: [:])
        func pointer(_ names: [String]) throws -> String {
            try Paths.remove(directory.file("d"))
            for name in names { try directory.write(name, to: "d/\(name)") }
            _ = try workspace.add(directory.file("d"))
            return try FileChunks.text(directory.file("d.dvc"))
        }
        let forms = ["caf\u{E9}", "cafe\u{301}"]
        let base = try pointer(forms), ours = try pointer(forms + ["x"]), theirs = try pointer(forms + ["y"])
        let expected = try pointer(forms + ["x", "y"])
        let result = try MergeDriver(workspace).merge(base: base, ours: ours, theirs: theirs, path: "d.dvc")
        #expect(result.text == expected && result.notes.first?.contains("(4)") == true)
    }

    @Test("a pointer whose data is the same, or changed on one side, is no conflict; a file changed on both is")
    func files() throws {
        func pointer(_ md5: Character, _ comment: String = "") -> String {
            "outs:\n- md5: \(String(repeating: md5, count: 32))\n  size: 1\n  hash: md5\n  path: f\n\(comment)"
        }
        #expect(try merge(pointer("a"), pointer("b"), pointer("b", "# c\n"), "f.dvc").text == pointer("b"))
        #expect(
            try merge(pointer("a"), pointer("b", "# o\n"), pointer("a", "# t\n"), "f.dvc").text == pointer("b", "# o\n")
        )
        #expect(
            try merge(pointer("a"), pointer("a", "# o\n"), pointer("b", "# t\n"), "f.dvc").text == pointer("b", "# t\n")
        )
        let error = try #require(throws: Failure.self) {
            try merge(pointer("a"), pointer("b"), pointer("c"), "f.dvc")
        }
        #expect(error.code == "merge.conflict" && error.message.contains("it is one file"))
    }

    @Test("executables and empty directories of both sides stay, and are no conflict")
    func details() throws {
        let directory = try TemporaryDirectory()
        let workspace = try Workspace.create(directory.path, environment: [:])
        func pointer(_ names: [String], executable: [String], empty: [String]) throws -> String {
            try Paths.remove(directory.file("d"))
            for name in names { try directory.write(name, to: "d/\(name)") }
            for name in executable { chmod(directory.file("d/\(name)"), 0o755) }
            for name in empty { try Paths.makeDirectory(directory.file("d/\(name)")) }
            try Paths.remove(directory.file("d.dvc"))
            _ = try workspace.add(directory.file("d"))
            return try FileChunks.text(directory.file("d.dvc"))
        }
        let base = try pointer(["a", "b", "run"], executable: ["run", "b"], empty: ["e", "f"])
        let ours = try pointer(["a", "b", "run", "x"], executable: ["run", "x"], empty: ["e", "f", "g"])
        let theirs = try pointer(["a", "b", "run", "f/y"], executable: ["run", "b"], empty: ["e"])
        let both = try pointer(["a", "b", "run", "x", "f/y"], executable: ["run", "x"], empty: ["e", "g"])
        #expect(try MergeDriver(workspace).merge(base: base, ours: ours, theirs: theirs, path: "d.dvc").text == both)
        // Only the modes changed on one side, only the content on the other.
        let modes = try pointer(["a", "b", "run"], executable: ["a", "run", "b"], empty: ["e", "f"])
        let content = try pointer(["a", "b", "run", "z"], executable: ["run", "b"], empty: ["e", "f"])
        let mixed = try pointer(["a", "b", "run", "z"], executable: ["a", "run", "b"], empty: ["e", "f"])
        for (one, other) in [(modes, content), (content, modes)] {
            #expect(try MergeDriver(workspace).merge(base: base, ours: one, theirs: other, path: "d.dvc").text == mixed)
        }
    }

    @Test("a file on one side and a directory of that name on the other is a person's to decide")
    func fileAndDirectory() throws {
        let directory = try TemporaryDirectory()
        let workspace = try Workspace.create(directory.path, environment: [:])
        func pointer(_ names: [String]) throws -> String {
            try Paths.remove(directory.file("d"))
            for name in names { try directory.write(name, to: "d/\(name)") }
            _ = try workspace.add(directory.file("d"))
            return try FileChunks.text(directory.file("d.dvc"))
        }
        let base = try pointer(["a"]), ours = try pointer(["a", "x"]), theirs = try pointer(["a", "x-", "x/y"])
        let error = try #require(throws: Failure.self) {
            try MergeDriver(workspace).merge(base: base, ours: ours, theirs: theirs, path: "d.dvc")
        }
        #expect(error.code == "merge.conflict" && error.message.contains("'x' and 'x/y'"), "\(error)")
        // Nor does anybody read such a listing.
        func read(_ names: [String]) throws {
            let lines = names.map { #"{"md5": "b026324c6904b2a9cb4b88d6d61c81d1", "relpath": "\#($0)"}"# }
            _ = try DirectoryTree(Array("[\(lines.joined(separator: ", "))]".utf8), file: "l")
        }
        try read(["x-", "x.y/z", "x/y", "x/yy", "xx"])
        for names in [["x", "x-", "x/y"], ["x/y", "x"], ["x", "x"], [".git/config"], ["a/.git/x"], ["a/.git"]] {
            #expect(throws: Failure.self, "\(names)") { try read(names) }
        }
    }
}
