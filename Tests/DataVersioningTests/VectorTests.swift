import Basics
import ConfigurationFiles
import DataVersioning
import Foundation
import TestSupport
import Testing

/// DVC's own output, byte for byte: the vectors of the compatibility specification.
@Suite(.enabled(if: SharedData.isThere, "needs the shared specifications")) struct VectorTests {
    static func vectors() throws -> JSONValue {
        let path = SharedData.path("specs/dvc-vectors.json")
        return try JSONParser.parse(try FileChunks.bytes(path), file: path)
    }

    @Test("strings in three positions, except where DVC's own text does not read back")
    func strings() throws {
        var compared = 0
        for vector in try VectorTests.vectors()[key: "yaml_strings"]?.listValue ?? [] {
            let value = try #require(vector[key: "value"])
            // The specification leaves the three exotic line breaks open; a lone byte-order mark is dropped by
            // Foundation's decoder.
            if value.stringValue?.unicodeScalars.contains(where: {
                ["\u{85}", "\u{2028}", "\u{2029}", "\u{FEFF}"].contains($0)
            }) == true {
                continue
            }
            let zero = String(repeating: "0", count: 32)
            let documents: [JSONValue] = [
                .map(["outs": .list([.map(["md5": .string(zero), "path": value])])]),
                .map(["schema": .string("2.0"), "stages": .map(["s": .map(["cmd": value])])]),
                .map(["stages": .map(["s": .map(["cmd": .list([value, .string("x")])])])]),
            ]
            for (index, key) in ["as_dvc_path", "as_lock_cmd", "as_cmd_item"].enumerated() {
                let text = YAMLWriter.text(documents[index])
                let isSound = vector[key: "dvc_reads_back"]?.listValue?[index].boolValue ?? false
                if isSound { #expect(text == vector[key: key]?.stringValue, "\(value.text(.canonical)) \(key)") }
                #expect(
                    try YAMLFile.parse(text, file: "t") == documents[index], "\(value.text(.canonical)) must read back")
                compared += isSound ? 1 : 0
            }
        }
        #expect(compared > 450)
    }

    @Test("numbers in YAML and canonical JSON")
    func numbers() throws {
        let numbers = try #require(try VectorTests.vectors()[key: "yaml_numbers"]?.listValue)
        #expect(!numbers.isEmpty)
        for vector in numbers {
            let literal = try #require(vector[key: "literal"]?.stringValue)
            // The vectors spell non-finite numbers as Python does.
            let spelled = ["inf": ".inf", "-inf": "-.inf", "nan": ".nan"][literal] ?? literal
            let value = try YAMLFile.parse("k: \(spelled)", file: literal)
            #expect(YAMLWriter.text(value) == vector[key: "yaml"]?.stringValue, "\(literal)")
            #expect(value[key: "k"]?.text(.canonical) == vector[key: "json"]?.stringValue, "\(literal)")
        }
    }

    @Test("structures, directory objects")
    func structures() throws {
        let vectors = try VectorTests.vectors()
        let structures = try #require(vectors[key: "yaml_structures"]?.listValue)
        let directories = try #require(vectors[key: "dir_objects"]?.listValue)
        #expect(!structures.isEmpty && !directories.isEmpty)
        for vector in structures {
            #expect(YAMLWriter.text(try #require(vector[key: "value"])) == vector[key: "yaml"]?.stringValue)
        }
        for vector in directories {
            let files = try #require(vector[key: "files"]?.mapValue).map {
                DirectoryTree.File(path: $0.key, md5: Digest.md5(Array(($0.value.stringValue ?? "").utf8)))
            }
            let tree = DirectoryTree(files)
            #expect(String(decoding: tree.bytes, as: UTF8.self) == vector[key: "object_bytes"]?.stringValue)
            #expect(tree.md5 == vector[key: "oid"]?.stringValue)
            #expect(try DirectoryTree(tree.bytes, file: "t") == tree)
        }
    }
}

@Suite struct WorkspaceTests {
    @Test("add, alter, check out: what was added comes back, and a damaged object is refused")
    func roundTrip() throws {
        let directory = try TemporaryDirectory()
        let workspace = try Workspace.create(directory.path, environment: [:])
        try directory.write("a", to: "data/x.csv")
        try directory.write("é", to: "data/sub/😀.txt")
        let pointer = try workspace.add(directory.file("data"))
        #expect(pointer.entry.fileCount == 2)
        #expect(try FileChunks.text(directory.file(".gitignore")) == "/data\n")
        try directory.write("changed", to: "data/x.csv")
        try directory.write("new", to: "data/extra")
        let read = try PointerFile.read(directory.file("data.dvc"))
        #expect(try workspace.state(of: read) == .modified)
        #expect(throws: Failure.self, "what is nowhere else must not be overwritten") {
            try workspace.checkOut(read.entry, to: directory.file("data"))
        }
        try workspace.checkOut(read.entry, to: directory.file("data"), isForced: true)
        #expect(try Workspace(root: directory.path, environment: [:]).state(of: read) == .unchanged)
        #expect(try Paths.files(below: directory.file("data")) == ["sub/😀.txt", "x.csv"])
        let object = workspace.store.path(Digest.md5(Array("a".utf8)))
        chmod(object, 0o644)
        try "b".write(toFile: object, atomically: false, encoding: .utf8)
        try FileManager.default.removeItem(atPath: directory.file("data/x.csv"))
        #expect(throws: ObjectStore.StoreError.self) { try workspace.checkOut(read.entry, to: directory.file("data")) }
        #expect(!Paths.exists(directory.file("data/x.csv")))
    }

    @Test("a pointer keeps the user's meta, and rejects keys that DVC would reject")
    func meta() throws {
        let directory = try TemporaryDirectory()
        let workspace = try Workspace.create(directory.path, environment: [:])
        try directory.write("1", to: "f")
        _ = try workspace.add(directory.file("f"))
        try directory.write(
            "outs:\n- md5: c4ca4238a0b923820dcc509a6f75849b\n  size: 1\n  hash: md5\n  path: f\n  meta:\n    owner: "
                + "desk\n",
            to: "f.dvc")
        try directory.write("22", to: "f")
        let again = try workspace.add(directory.file("f"))
        #expect(again.entry.meta?[key: "owner"]?.stringValue == "desk")
        #expect(try FileChunks.text(directory.file("f.dvc")).contains("owner: desk"))
        try directory.write("outs:\n- md5: c4ca4238a0b923820dcc509a6f75849b\n  path: f\nsurprise: 1\n", to: "f.dvc")
        #expect(throws: ConfigError.self) { try PointerFile.read(directory.file("f.dvc")) }
    }

    @Test(
        "a pointer reaches wherever its workspace reaches, never outside, and never over itself",
        arguments: [
            ("/etc/passwd", nil, nil), ("..", nil, nil), (".", nil, nil), ("a/..", nil, nil), ("../../x", nil, nil),
            ("a/../../../x", nil, nil), ("x", "../..", nil), ("../x", "sub/../..", nil), ("../.dvc/config", nil, nil),
            ("x", "..", "x"), ("../x", nil, "x"), ("a/../b", "w", "d/w/b"), ("e/x", "../e/..", "e/x"),
            ("ROOT/y/z", nil, "y/z"),
        ] as [(String, String?, String?)])
    func hostilePointer(_ path: String, _ wdir: String?, _ data: String?) throws {
        let directory = try TemporaryDirectory()
        let workspace = try Workspace.create(directory.path, environment: [:])
        let path = path.replacing("ROOT", with: workspace.root)
        try directory.write(
            "outs:\n- md5: c4ca4238a0b923820dcc509a6f75849b\n  hash: md5\n  path: '\(path)'\n"
                + (wdir.map { "wdir: \($0)\n" } ?? ""), to: "d/f.dvc")
        guard let data else {
            let error = try #require(throws: ConfigError.self) { try workspace.pointer(at: directory.file("d/f.dvc")) }
            #expect(error.code == "data.outside" && error.mark?.line == 4)
            // The others are read all the same.
            let tracked = try workspace.tracked()
            #expect(tracked.data.isEmpty && tracked.unreadable.map(\.path) == ["d/f.dvc"])
            return
        }
        #expect(try workspace.trackedData().map(\.path) == [data])
    }

    @Test("a listing cannot reach outside its directory")
    func hostileListing() {
        for path in ["../../etc/passwd", "/etc/passwd", "a/../../b"] {
            let text = JSONValue.list([
                .map(["md5": .string(String(repeating: "a", count: 32)), "relpath": .string(path)])
            ]).text(.canonical)
            #expect(throws: Failure.self) { try DirectoryTree(Array(text.utf8), file: "t") }
        }
    }

    @Test("eight writers of one pointer leave one whole file")
    func writers() async throws {
        let directory = try TemporaryDirectory()
        try Workspace.create(directory.path, environment: [:])
        try directory.write(String(repeating: "x", count: 100_000), to: "f")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let workspace = try Workspace(root: directory.path, environment: [:])
                    for _ in 0..<10 { _ = try workspace.locked { try workspace.add(directory.file("f")) } }
                }
            }
            try await group.waitForAll()
        }
        let pointer = try PointerFile.read(directory.file("f.dvc"))
        #expect(try Workspace(root: directory.path, environment: [:]).state(of: pointer) == .unchanged)
    }
}

/// The real `dvc` on a repository that hftml made.
@Suite(.enabled(if: SharedData.client("dvc") != nil, "needs the real dvc")) struct RealDVCTests {
    @Test("real dvc finds our repository clean, checks it out, and changes nothing when it adds the same")
    func oursToTheirs() throws {
        let dvc = try #require(SharedData.client("dvc"))
        let directory = try TemporaryDirectory()
        let environment = [
            "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": directory.file(".site"), "SHELL": "/bin/sh",
            "GIT_CONFIG_GLOBAL": directory.file(".gitconfig"),
        ]
        _ = try RunProgram.run("/usr/bin/git", ["init", "-q"], in: directory.path, environment: environment)
        let workspace = try Workspace.create(directory.path, environment: [:])
        try directory.write("price\n1\n", to: "prices.csv")
        for name in ["Z", "a", "sub/b", "sub-x/c", "é", "😀 \"q\".txt", "empty"] {
            try directory.write(name == "empty" ? "" : name, to: "data/\(name)")
        }
        _ = try workspace.add(directory.file("prices.csv"))
        _ = try workspace.add(directory.file("data"))
        let pointers = try ["prices.csv.dvc", "data.dvc"].map { try FileChunks.text(directory.file($0)) }
        let status = try RunProgram.run(dvc, ["status", "--json"], in: directory.path, environment: environment)
        #expect(
            status.status == 0 && status.output.trimmingCharacters(in: .whitespacesAndNewlines) == "{}", "\(status)")
        try FileManager.default.removeItem(atPath: directory.file("data"))
        let checkout = try RunProgram.run(dvc, ["checkout"], in: directory.path, environment: environment)
        #expect(checkout.status == 0, "\(checkout)")
        #expect(try workspace.state(of: try PointerFile.read(directory.file("data.dvc"))) == .unchanged)
        let add = try RunProgram.run(dvc, ["add", "prices.csv", "data"], in: directory.path, environment: environment)
        #expect(add.status == 0, "\(add)")
        #expect(try ["prices.csv.dvc", "data.dvc"].map { try FileChunks.text(directory.file($0)) } == pointers)
    }
}
