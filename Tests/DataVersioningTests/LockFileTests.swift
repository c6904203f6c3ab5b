import Basics
import ConfigurationFiles
import DataVersioning
import TestSupport
import Testing

@Suite struct LockFileTests {
    /// As dvc 3.67.1 wrote it, abridged (section 4.3 of the compatibility specification).
    static let text = """
        schema: '2.0'
        stages:
          train:
            cmd:
            - mkdir -p out
            - python3 src/train.py
            deps:
            - path: data/clean.csv
              hash: md5
              md5: 0cad2bebd3e80c23b2dad26a746df5c1
              size: 8
            - path: src
              hash: md5
              md5: f4a8ff8570f6663484549e8cb2d0e3c2.dir
              size: 445
              nfiles: 2
            params:
              params.yaml:
                list.1: 2.5
                lr: 0.1
                none:
                off: off
            outs:
            - path: run.sh
              hash: md5
              md5: 46bbbe8aa98cc0714426e948474eaaf4
              size: 18
              isexec: true
          last:
            cmd: echo hi
            deps:
            - path: old
              md5: c4ca4238a0b923820dcc509a6f75849b
              size: 1

        """

    private static func stage(_ command: String, _ digit: Character = "a") -> LockFile.Stage {
        LockFile.Stage(
            commands: [command], dependencies: [],
            outputs: [DataEntry(path: "o", md5: String(repeating: digit, count: 32), size: 1)])
    }

    @Test("dvc's lock is read, and written again byte for byte")
    func roundTrip() throws {
        var lock = try LockFile("dvc.lock", text: Self.text)
        #expect(lock.text() == Self.text)
        #expect(lock.stages.map(\.name) == ["train", "last"])
        let train = try #require(lock["train"]), last = try #require(lock["last"])
        #expect(train.commands == ["mkdir -p out", "python3 src/train.py"] && train.isList && !last.isList)
        #expect(train.dependencies[1].isDirectory && train.dependencies[1].fileCount == 2)
        #expect(train.outputs[0].isExecutable && train.outputs[0].size == 18)
        #expect(!train.dependencies[0].isLegacy && last.dependencies[0].isLegacy, "without 'hash' it is of DVC 2")
        #expect(lock["none"] == nil)
    }

    @Test("inputs and outputs are sorted by code points; what is empty is left out")
    func written() throws {
        let empty = LockFile.Stage(commands: ["x"], dependencies: [], outputs: [])
        #expect(YAMLWriter.text(empty.node) == "cmd: x\n")
        #expect(
            YAMLWriter.text(LockFile.Stage(commands: ["x"], isList: true, dependencies: [], outputs: []).node)
                == "cmd:\n- x\n")
        let entries = ["é", "b/c", "b-d", "Z"].map { DataEntry(path: $0, md5: "", size: 0) }
        let node = LockFile.Stage(commands: ["x", "y"], dependencies: entries, outputs: entries).node
        for key in ["deps", "outs"] {
            #expect(node[key: key]?.listValue?.map { $0[key: "path"]?.stringValue } == ["Z", "b-d", "b/c", "é"])
        }
        var lock = try LockFile("nowhere/dvc.lock")
        #expect(lock.text() == "schema: '2.0'\n")
        lock.set("a", empty)
        #expect(lock.text() == "schema: '2.0'\nstages:\n  a:\n    cmd: x\n")
    }

    @Test("stages keep their places; datasets of DVC's own survive")
    func edits() throws {
        let datasets = "datasets:\n- name: d\n  url: x\n"
        var lock = try LockFile("dvc.lock", text: Self.text + datasets)
        #expect(lock.text() == Self.text + datasets)
        lock.set("new", Self.stage("n"))
        lock.set("train", Self.stage("t"))
        #expect(lock.stages.map(\.name) == ["train", "last", "new"] && lock["train"]?.commands == ["t"])
        lock.remove("train")
        lock.remove("none")
        #expect(lock.stages.map(\.name) == ["last", "new"] && lock["train"] == nil && lock["new"]?.commands == ["n"])
        lock.set("new", Self.stage("m"))
        #expect(
            lock.text().hasSuffix(
                "  new:\n    cmd: m\n    outs:\n    - path: o\n      hash: md5\n      md5: "
                    + String(repeating: "a", count: 32) + "\n      size: 1\n" + datasets))
    }

    /// What hftml does not model, and what people write into a lock.
    private static let foreign = """
        # made by hand
        schema: '2.0'
        stages:
          # of a bucket
          imp:
            cmd: a   # as is
            deps:
            - path: s3://bucket/x.csv
              etag: abc-7
              hash: md5
            outs:
            - {path: o1, hash: md5}
            - path: d
              hash: md5
              files:
              - relpath: a
                md5: c4ca4238a0b923820dcc509a6f75849b
                size: 1
                cloud:
                  r:
                    etag: e
                    version_id: v
          # before z
          z:
            cmd: b
            # in z
          "last one":
            cmd: c
        # the end
        datasets:
        - name: d

        """

    @Test("recording one stage leaves the text of the others as it stands, with keys, comments and order")
    func lossless() throws {
        var lock = try LockFile("dvc.lock", text: Self.foreign)
        #expect(lock.text() == Self.foreign)
        lock.set("z", Self.stage("y"))
        let z = """
              z:
                cmd: y
                outs:
                - path: o
                  hash: md5
                  md5: \(String(repeating: "a", count: 32))
                  size: 1

            """
        #expect(lock.text() == Self.foreign.replacing("  z:\n    cmd: b\n    # in z\n", with: z))
        lock.set("new", Self.stage("y"))
        #expect(lock.text().contains("    cmd: c\n  new:\n    cmd: y\n"))
        #expect(lock.text().hasSuffix("      size: 1\n# the end\ndatasets:\n- name: d\n"))
        lock.remove("z")
        lock.remove("new")
        #expect(lock.text() == Self.foreign.replacing("  # before z\n  z:\n    cmd: b\n    # in z\n", with: ""))
    }

    @Test("an entry whose lines are not its own is written with all its keys")
    func flow() throws {
        let text = "{schema: '2.0', stages: {a: {cmd: x, deps: [{path: p, etag: e}]}, b: {cmd: y}}}\n"
        var lock = try LockFile("dvc.lock", text: text)
        lock.set("b", .init(commands: ["z"], dependencies: [], outputs: []))
        #expect(
            lock.text()
                == "schema: '2.0'\nstages:\n  a:\n    cmd: x\n    deps:\n    - path: p\n      etag: e\n"
                + "  b:\n    cmd: z\n"
        )
    }

    @Test("anchors are numbered through the lock, as DVC numbers them")
    func anchors() throws {
        let values = try YAMLFile.parse("a: &a [1]\nb: *a\n", file: "params.yaml")
        let stage = LockFile.Stage(
            commands: ["x"], dependencies: [], parameters: [.init(key: "params.yaml", value: values)], outputs: [])
        var lock = try LockFile("dvc.lock", text: "schema: '2.0'\nstages:\n  q:\n    cmd: y # c\n")
        lock.set("s", stage)
        let s = "    cmd: x\n    params:\n      params.yaml:\n        a: &id001\n        - 1\n        b: *id001\n"
        #expect(lock.text() == "schema: '2.0'\nstages:\n  q:\n    cmd: y # c\n  s:\n" + s)
        lock.set("t", stage)
        #expect(
            lock.text() == "schema: '2.0'\nstages:\n  q:\n    cmd: y\n  s:\n" + s + "  t:\n"
                + s.replacing("id001", with: "id002"))
        #expect(try LockFile("dvc.lock", text: lock.text())["t"] == stage)
    }

    @Test("stages are told apart by their bytes")
    func bytes() throws {
        var lock = try LockFile("nowhere/dvc.lock")
        lock.set("caf\u{E9}", Self.stage("1"))
        lock.set("cafe\u{301}", Self.stage("2"))
        #expect(lock.stages.count == 2 && lock["caf\u{E9}"]?.commands == ["1"])
        #expect(Self.stage("caf\u{E9}") != Self.stage("cafe\u{301}"))
    }

    @Test("recording a stage keeps what another process has written meanwhile")
    func concurrent() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("dvc.lock")
        var mine = try LockFile(path), other = try LockFile(path)
        try mine.record("a", Self.stage("1"))
        try other.record("b", Self.stage("22"))
        try mine.record("c", Self.stage("333"))
        #expect(try LockFile(path).stages.map(\.name) == ["a", "b", "c"])
        #expect(mine.stages.map(\.name) == ["a", "b", "c"])
        try other.write()
        #expect(try LockFile(path).stages.map(\.name) == ["a", "b"], "write says what it knows")
    }

    @Test(
        "a lock that DVC would refuse is refused, with its place",
        arguments: [
            ("schema: '3.0'\nstages: {}\n", "2.0"), ("schema: '2.0'\nstagez: {}\n", "stages"),
            ("schema: '2.0'\nstages:\n  a:\n    cmd: x\n    dep: []\n", "deps"),
            ("schema: '2.0'\nstages:\n  a:\n    cmd: x\n    outs:\n    - md5: zz\n      path: p\n", "MD5"),
            (
                "schema: '2.0'\nstages:\n  a:\n    cmd: x\n    outs:\n    - md5: c4ca4238a0b923820dcc509a6f75849b\n",
                "path"
            ),
            ("stages: {}\n", "schema"), ("schema: '2.0'\nstages:\n  1:\n    cmd: x\n", "expected a text"),
        ])
    func refused(_ text: String, _ word: String) throws {
        let error = try #require(throws: ConfigError.self) { try LockFile("dvc.lock", text: text) }
        #expect(error.description.contains(word), "\(error)")
    }

    @Test("stages are the same whatever the spelling of their command, and whatever the order of parameters")
    func equality() {
        func stage(_ parameters: [(String, JSONValue)], isList: Bool? = nil) -> LockFile.Stage {
            LockFile.Stage(
                commands: ["x"], isList: isList, dependencies: [],
                parameters: [.init(key: "params.yaml", value: .map(parameters))], outputs: [])
        }
        #expect(stage([("a", .int(1)), ("b", .int(2))]) == stage([("b", .int(2)), ("a", .int(1))], isList: true))
        #expect(stage([("a", .int(1))]) != stage([("a", .int(2))]))
        #expect(Self.stage("x") != Self.stage("y") && Self.stage("x") != Self.stage("x", "b"))
        let input = LockFile.Stage(
            commands: ["x"], dependencies: [DataEntry(path: "i", md5: "", size: 0)], outputs: Self.stage("x").outputs)
        #expect(input != Self.stage("x"))
    }
}
