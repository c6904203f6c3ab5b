import Basics
import Foundation
import TestSupport
import Testing

/// Data and pipelines as people use them, without another tool beside.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: RunProgram.hftml), "needs the built programs"))
struct VersioningTests {
    static func repository(_ files: [String: String] = [:]) throws -> TestRepository {
        let repository = try TestRepository()
        #expect(try repository.hftml("init").status == 0)
        for (name, text) in files { try repository.write(text, to: name) }
        return repository
    }

    static func json(_ result: RunProgram.Result) throws -> JSONValue { try JSONParser.parse(result.output) }

    @Test("move, remove, commit, diff down to files and renames, PATH@REVISION")
    func everydayCommands() throws {
        let repository = try VersioningTests.repository(["data/a": "1", "data/b": "2", "single": "s"])
        #expect(try repository.hftml("add", "data", "single").status == 0)
        try repository.commit("one")
        try repository.write("1 changed", to: "data/a")
        try repository.remove("data/b")
        try repository.write("2", to: "data/renamed")
        try repository.write("new", to: "data/c")
        #expect(try repository.hftml("commit").status == 0)
        let diff = try VersioningTests.json(try repository.hftml("diff", "--json"))
        #expect(diff[key: "added"]?.text(.compact) == #"[{"path":"data/c"}]"#)
        #expect(diff[key: "modified"]?.text(.compact) == #"[{"path":"data/"},{"path":"data/a"}]"#)
        #expect(diff[path: "renamed.0.path.new"]?.stringValue == "data/renamed")
        #expect(try repository.hftml("diff", "--exit-code").status == 2)
        let move = try repository.hftml("move", "single", "moved/")
        #expect(move.status == 0, "\(move)")
        #expect(try repository.read("moved/single") == "s")
        #expect(try repository.read("moved/.gitignore") == "/single\n")
        #expect(!repository.exists("single.dvc") && !repository.exists("single"))
        #expect(try repository.hftml("status").output.contains("up to date"))
        #expect(try repository.hftml("remove", "moved/single").status == 0)
        #expect(repository.exists("moved/single") && !repository.exists("moved/.gitignore"))
        #expect(try repository.hftml("get", "data@HEAD", "-o", "../old").status == 0)
        #expect(try String(contentsOfFile: repository.directory.file("old/a"), encoding: .utf8) == "1")
        // What is in no cache is not overwritten unasked.
        try repository.write("precious", to: "data/c")
        let refused = try repository.hftml("checkout", "data", "--json")
        #expect(refused.status == 1 && refused.output.contains("data.would-lose"), "\(refused)")
        #expect(try repository.read("data/c") == "precious")
        #expect(try repository.hftml("checkout", "data", "--force").status == 0)
        #expect(try repository.read("data/c") == "new")
    }

    @Test(
        "fault 7: executable files and empty directories of a directory come back; comments and meta of a pointer stay")
    func modesAndComments() throws {
        let repository = try VersioningTests.repository(["data/run.sh": "#!/bin/sh\n", "data/x": "x"])
        chmod(repository.file("data/run.sh"), 0o755)
        try FileManager.default.createDirectory(
            atPath: repository.file("data/empty/inner"), withIntermediateDirectories: true)
        #expect(try repository.hftml("add", "data").status == 0)
        try repository.remove("data")
        #expect(try repository.hftml("checkout").status == 0)
        #expect(
            FileManager.default.isExecutableFile(atPath: repository.file("data/run.sh"))
                && !FileManager.default.isExecutableFile(atPath: repository.file("data/x")))
        #expect(Paths.isDirectory(repository.file("data/empty/inner")))
        #expect(try repository.hftml("status").output.contains("up to date"))
        try repository.write("single", to: "f")
        #expect(try repository.hftml("add", "f").status == 0)
        try repository.write(
            "# whose data this is\n"
                + repository.read("f.dvc").replacing(
                    "  path: f", with: "  path: f # the file\n  meta:\n    owner: desk"), to: "f.dvc")
        try repository.write("longer content", to: "f")
        #expect(try repository.hftml("add", "f").status == 0)
        let text = try repository.read("f.dvc")
        #expect(
            text.contains("# whose data this is") && text.contains("# the file") && text.contains("owner: desk")
                && text.contains("size: 14"), "\(text)")
        #expect(try repository.hftml("status", "--exit-code").status == 0)
    }

    @Test("SHA-256 beside the MD5: recorded on attest, checked, and gone when the data changes")
    func attest() throws {
        let repository = try VersioningTests.repository(["data/a": "1", "data/b": "2"])
        #expect(try repository.hftml("add", "data").status == 0)
        let made = try VersioningTests.json(try repository.hftml("attest", "data", "--json"))
        let lines = "\(Digest.sha256("1"))  a\n\(Digest.sha256("2"))  b\n"
        #expect(made[path: "attested.0.sha256"]?.stringValue == Digest.sha256(lines))
        #expect(try repository.hftml("attest", "data", "--check").status == 0)
        try repository.write("3", to: "data/b")
        #expect(try repository.hftml("attest", "data", "--check").status == 2)
        #expect(try repository.hftml("add", "data").status == 0)
        #expect(try repository.read("data.dvc").contains("sha256") == false)
    }

    @Test(
        "link types: hard and symbolic links, unprotect, relink; copies otherwise",
        arguments: ["hardlink", "symlink", "copy", "reflink,copy"])
    func links(type: String) throws {
        let repository = try VersioningTests.repository(["data/a": "1", "f": "2"])
        try repository.write("[cache]\n    type = \"\(type)\"\n", to: ".dvc/config")
        let add = try repository.hftml("add", "data", "f")
        #expect(add.status == 0, "\(add)")
        var info = stat()
        lstat(repository.file("data/a"), &info)
        switch type {
        case "hardlink": #expect(info.st_nlink == 2 && info.st_mode & 0o777 == 0o444)
        case "symlink": #expect(info.st_mode & S_IFMT == S_IFLNK)
        default: #expect(info.st_nlink == 1 && info.st_mode & 0o222 != 0)
        }
        #expect(try repository.hftml("status").output.contains("up to date"))
        #expect(try repository.hftml("unprotect", "data").status == 0)
        lstat(repository.file("data/a"), &info)
        #expect(info.st_nlink == 1 && info.st_mode & S_IFMT == S_IFREG && info.st_mode & 0o222 != 0)
        #expect(try repository.hftml("checkout", "--relink").status == 0)
        #expect(try repository.read("data/a") == "1")
        try repository.remove("f")
        #expect(try repository.hftml("checkout").status == 0)
        #expect(try repository.read("f") == "2")
    }

    @Test(".dvcignore: patterns, negation, directories; ignored files are not data")
    func ignore() throws {
        let repository = try VersioningTests.repository([
            "data/a.csv": "1", "data/b.tmp": "2", "data/keep.tmp": "3", "data/cache/x": "4", "data/sub/c.log": "5",
        ])
        try repository.write("# comment\n*.tmp\n!keep.tmp\ncache/\ndata/**/*.log\n", to: ".dvcignore")
        let add = try VersioningTests.json(try repository.hftml("add", "data", "--json"))
        #expect(add[path: "added.0.files"]?.intValue == 2)
        if SharedData.client("dvc") != nil { #expect(try repository.dvc("status", "--json").output.contains("{}")) }
        try repository.write("changed", to: "data/b.tmp")
        #expect(try repository.hftml("status", "--exit-code").status == 0)
    }

    @Test("gc names path, size and last use; moves to a trash and back; keeps what commits, tags and versions need")
    func garbage() throws {
        let repository = try VersioningTests.repository(["data/a": "first", "data/b": "same"])
        #expect(try repository.hftml("add", "data").status == 0)
        try repository.commit("one")
        try repository.write("second", to: "data/a")
        #expect(try repository.hftml("add", "data").status == 0)
        #expect(try repository.hftml("gc").status == 64)
        let plan = try VersioningTests.json(try repository.hftml("gc", "--workspace", "--dry-run", "--json"))
        #expect(plan[key: "objects"]?.intValue == 2)
        let first = Digest.md5(Array("first".utf8))
        let entry = plan[key: "candidates"]?.listValue?.first { $0[key: "md5"]?.stringValue == first }
        #expect(
            entry?[key: "path"]?.stringValue == "data/a" && entry?[key: "size"]?.intValue == 5
                && entry?[key: "lastUse"]?.stringValue?.count == 10)
        #expect(
            try VersioningTests.json(try repository.hftml("gc", "--workspace", "--all-commits", "--dry-run", "--json"))[
                key: "objects"]?.intValue == 0)
        #expect(try repository.hftml("gc", "--workspace").status == 0)
        let object = repository.file(".dvc/cache/files/md5/\(first.prefix(2))/\(first.dropFirst(2))")
        #expect(!FileManager.default.fileExists(atPath: object))
        #expect(try repository.hftml("gc", "--restore").output.contains("2 objects restored"))
        #expect(FileManager.default.fileExists(atPath: object))
        #expect(try repository.hftml("gc", "--workspace", "--grace", "0").output.contains("are gone"))
        #expect(try repository.hftml("gc", "--restore").output.contains("0 objects"))
        #expect(try repository.hftml("status").output.contains("up to date"))
        try repository.write("outs:\n- nonsense: 1\n", to: "broken.dvc")
        #expect(try repository.hftml("gc", "--workspace").status == 1, "what cannot be read cannot be kept")
    }

    @Test("Git merges pointers and locks through the driver that init installs")
    func mergeDriver() throws {
        let repository = try VersioningTests.repository(["data/a": "1", "in1": "x", "in2": "y"])
        try repository.write(
            "stages:\n  s1: {cmd: cat in1 > o1, deps: [in1], outs: [o1]}\n  s2: {cmd: cat in2 > o2, deps: [in2], outs: "
                + "[o2]}\n  s3: {cmd: cat o1 o2 > o3, deps: [o1, o2], outs: [o3]}\n",
            to: "dvc.yaml"
        )
        #expect(try repository.hftml("add", "data").status == 0)
        #expect(try repository.hftml("repro").status == 0)
        try repository.commit("base")
        try repository.git("checkout", "-q", "-b", "other")
        try repository.write("from other", to: "data/other")
        try repository.write("x2", to: "in1")
        #expect(try repository.hftml("add", "data").status == 0)
        #expect(try repository.hftml("repro").status == 0)
        try repository.commit("other")
        try repository.git("checkout", "-q", "main")
        #expect(try repository.hftml("checkout").status == 0)
        try repository.write("from main", to: "data/main")
        try repository.write("y2", to: "in2")
        #expect(try repository.hftml("add", "data").status == 0)
        #expect(try repository.hftml("repro").status == 0)
        try repository.commit("main")
        let merge = try repository.git("merge", "-q", "--no-edit", "other")
        #expect(merge.status == 0, "\(merge)")
        #expect(merge.errors.contains("stage 's3' was run on both sides"), "\(merge)")
        #expect(try repository.hftml("checkout", "data").status == 0)
        #expect(try Paths.files(below: repository.file("data")) == ["a", "main", "other"])
        let repro = try VersioningTests.json(try repository.hftml("repro", "--json"))
        #expect(
            repro[path: "pipelines.0.ran"]?.listValue?.compactMap { $0[key: "stage"]?.stringValue } == ["s3"],
            "\(repro.text(.compact))")
        #expect(try repository.read("o3") == "x2y2")
    }

    @Test(
        """
        partitions: only new and changed files run, in parallel; the lock has one line each; what is gone goes; the \
        export is clean for dvc
        """
    )
    func partitions() throws {
        let repository = try VersioningTests.repository()
        for day in 1...6 { try repository.write("day \(day)\n", to: "p/raw/2024-01-0\(day)_AAPL.csv") }
        try repository.write("suffix: v1\n", to: "p/params.yaml")
        try repository.write(
            """
            schemaVersion: 1
            stages:
              clean:
                each: raw/*.csv
                run: test ! -e fail && sed s/day/${suffix}/ ${each.path} > ${each.stem}.tmp && mv ${each.stem}.tmp \
            clean/${each.stem}.txt && echo x >> ../count
                outs: ["clean/${each.stem}.txt"]
              all:
                run: cat clean/* > all.txt
                deps: [clean]
                outs: [all.txt]

            """, to: "p/pipeline.yaml")
        func runs() throws -> Int {
            let count = repository.exists("count") ? try repository.read("count").count / 2 : 0
            if repository.exists("count") { try repository.remove("count") }
            return count
        }
        let first = try repository.hftml("repro", "p", "-j", "3")
        #expect(first.status == 0, "\(first.errors)")
        #expect(try runs() == 6)
        #expect(try repository.read("p/all.txt").split(separator: "\n").count == 6)
        #expect(try repository.read("p/partitions.lock").split(separator: "\n").count == 7)
        #expect(try repository.hftml("repro", "p").output.contains("nothing to do"))
        try repository.write("day 3 changed\n", to: "p/raw/2024-01-03_AAPL.csv")
        try repository.write("day 7\n", to: "p/raw/2024-01-07_AAPL.csv")
        let dry = try repository.hftml("repro", "p", "--dry-run")
        #expect(
            dry.errors.contains("2 of 7 partitions are new or changed: 2024-01-03_AAPL, 2024-01-07_AAPL"),
            "\(dry.errors)")
        #expect(try repository.hftml("repro", "p", "-j", "2").status == 0)
        #expect(try runs() == 2)
        // An output that was deleted comes back from the cache; an input that is gone takes its output with it.
        try repository.remove("p/clean/2024-01-01_AAPL.txt")
        try repository.remove("p/raw/2024-01-02_AAPL.csv")
        #expect(try repository.hftml("repro", "p").status == 0)
        #expect(try runs() == 0)
        #expect(try Paths.files(below: repository.file("p/clean")).count == 6)
        #expect(repository.exists("p/clean/2024-01-01_AAPL.txt") && !repository.exists("p/clean/2024-01-02_AAPL.txt"))
        // A parameter counts for all; a failure keeps what finished.
        try repository.write("suffix: v2\n", to: "p/params.yaml")
        try repository.write("", to: "p/fail")
        #expect(try repository.hftml("repro", "p").status == 1)
        try repository.remove("p/fail")
        #expect(try repository.hftml("repro", "p", "-j", "2").status == 0)
        #expect(try runs() == 6)
        #expect(try repository.read("p/all.txt").contains("v2 7"))
        #expect(try repository.hftml("pipeline", "export-dvc", "p").status == 0)
        #expect(try repository.hftml("pipeline", "export-dvc", "p", "--check").status == 0)
        if SharedData.client("dvc") != nil {
            let status = try repository.dvc("status", "--json")
            #expect(status.output.trimmingCharacters(in: .whitespacesAndNewlines) == "{}", "\(status)")
        }
    }

    @Test(
        """
        stages run at once as far as -j and resources allow; their words are prefixed and kept; one failure stops \
        only what follows
        """
    )
    func parallel() throws {
        let repository = try VersioningTests.repository()
        // A stage with a token says when it starts and ends; two at once would show. Each of them and the free stage
        // wait for each other.
        let waiting = "await() { for i in $(seq 6000); do [ -e \"$1\" ] && return; sleep 0.1; done; exit 9; }"
        let body =
            "\(waiting); stage() { echo \"start $1\" >> log; await freed; sleep 0.2; echo \"end $1\" >> log; echo done "
            + "> out$1; }; stage"
        try repository.write(
            """
            schemaVersion: 1
            stages:
              g1: {run: '\(body) 1', outs: [out1], uses: {gpu: 1}}
              g2: {run: '\(body) 2', outs: [out2], uses: {gpu: 1}}
              free: {run: '\(waiting); echo words of free; await log; touch freed; echo done > out3', outs: [out3]}
              bad: {run: 'echo the reason; exit 3', outs: [out4]}
              after: {run: cat out4 > out5, deps: [out4], outs: [out5]}

            """, to: "pipeline.yaml")
        let run = try repository.hftml("repro", "-j", "4")
        #expect(
            run.status == 1 && run.errors.contains("free │ words of free") && run.errors.contains("after: waits"),
            "\(run.errors)")
        let log = try repository.read("log").split(separator: "\n").map { $0.split(separator: " ")[0] }
        #expect(log == ["start", "end", "start", "end"], "one token, one stage at a time: \(log)")
        let kept = run.errors.components(separatedBy: "all it said is in ")
        #expect(kept.count == 2)
        if kept.count == 2 {
            #expect(try repository.read(String(kept[1].prefix { $0 != "\n" })) == "the reason\n")
        }
        #expect(try repository.hftml("repro", "--resource", "gpu=0").status == 64)
        #expect(repository.exists("out3") && !repository.exists("out5"))
        // Fault 5: what finished is recorded and ignored by Git although another stage failed.
        #expect(try repository.read(".gitignore").contains("/out3"))
        #expect(try repository.read("dvc.lock").contains("out3"))
    }

    @Test("every rerun is explained in one line, and the dry run says the same beforehand")
    func explanations() throws {
        let repository = try VersioningTests.repository(["in": "1", "params.yaml": "lr: 0.1\n"])
        func pipeline(_ extra: String) -> String {
            "schemaVersion: 1\nstages:\n  a: {run: 'cat in > a; echo ${lr} \(extra) >> a', deps: [in], outs: [a]}\n  "
                + "b: {run: cat a > b, deps: [a], outs: [b]}\n"
        }
        try repository.write(pipeline("x"), to: "pipeline.yaml")
        #expect(try repository.hftml("repro").status == 0)
        for (change, words) in [
            ({ try repository.write("2", to: "in") }, "in changed (c4ca4238 → c81e728d)"),
            ({ try repository.write("lr: 0.2\n", to: "params.yaml") }, "parameter lr changed (0.1 → 0.2)"),
            ({ try repository.write(pipeline("y"), to: "pipeline.yaml") }, "its command changed (x → y)"),
        ] as [(() throws -> Void, String)] {
            try change()
            let dry = try repository.hftml("repro", "--dry-run", "--json")
            let plan = try VersioningTests.json(dry)[path: "pipelines.0.wouldRun"]?.listValue ?? []
            #expect(
                plan.map { $0[key: "stage"]?.stringValue } == ["a", "b"]
                    && plan.map { $0[key: "certain"]?.boolValue } == [true, false], "\(dry.output)")
            #expect(dry.errors.contains(words), "\(dry.errors)")
            let run = try repository.hftml("repro")
            #expect(run.errors.contains(words), "\(run.errors)")
        }
        try repository.remove("b")
        #expect(try repository.hftml("repro", "--dry-run").errors.contains("would restore b: b is missing"))
        let dag = try repository.hftml("dag", "--mermaid").output
        #expect(dag.contains("node1-->node2"))
        #expect(
            try VersioningTests.json(try repository.hftml("dag", "--json"))[path: "edges.0.target"]?.stringValue == "b")
        // Advice about what will surprise: fault 4 among it.
        try repository.write(
            "schemaVersion: 1\nstages:\n  a: {run: \"if true\\nthen echo \\\"it's a long text with quotes and a "
                + "\\\\\\\\ in it\\\"\\nfi\", deps: [nowhere], outs: [a]}\n",
            to: "pipeline.yaml")
        let lint = try repository.hftml("pipeline", "lint", ".", "--strict")
        #expect(
            lint.status == 2 && lint.output.contains("script") && lint.output.contains("found no 'nowhere'")
                && lint.output.contains("pipeline.yaml:3:"), "\(lint)")
        let typo = try repository.hftml("repro", "--stage", "aa")
        #expect(typo.status == 64 && typo.errors.contains("did you mean 'a'"), "\(typo)")
    }

    @Test(
        "the demo's pipeline, exported, is what dvc takes for done",
        .enabled(if: SharedData.client("dvc") != nil, "needs the real dvc"))
    func export() throws {
        let repository = try VersioningTests.repository(["p/in": "1", "p/params.yaml": "n: 3\n"])
        try repository.write(
            "schemaVersion: 1\nstages:\n  a: {run: 'echo ${n} $HOME > a', deps: [in], outs: [a]}\n  m: {run: ['cat a > "
                + "m.json'], deps: [a], metrics: [m.json], desc: measures}\n",
            to: "p/pipeline.yaml"
        )
        #expect(try repository.hftml("repro", "p").status == 0)
        #expect(try repository.hftml("pipeline", "export-dvc", "p").status == 0)
        let status = try repository.dvc("status", "--json")
        #expect(status.output.trimmingCharacters(in: .whitespacesAndNewlines) == "{}", "\(status)")
        let repro = try repository.dvc("repro", "p/dvc.yaml")
        #expect(repro.status == 0 && repro.output.contains("didn't change"), "\(repro)")
        #expect(try repository.hftml("status").output.contains("up to date"))
    }
}
