import Basics
import Foundation
import TestSupport
import Testing

/// Section 10 of the compatibility specification: hftml and the real dvc in one repository, both as people run them.
@Suite(.enabled(if: SharedData.client("dvc") != nil, "needs the real dvc"), .serialized) struct InteroperabilityTests {
    static let names = ["Z", "a", "sub/b", "sub-x/c", "é", "😀 \"q\".txt", "empty"]
    static let long =
        "mkdir -p out && sed s/1/2/ prices.csv > out/clean.csv && echo a rather long tail of the command that goes "
        + "beyond eighty columns > out/note.txt"

    /// One file, one executable, a directory with awkward names, and a pipeline of two stages with parameters.
    static func fill(_ repository: TestRepository) throws {
        try repository.write("price\n1\n", to: "prices.csv")
        try repository.write("#!/bin/sh\n", to: "run.sh")
        chmod(repository.file("run.sh"), 0o755)
        for name in names { try repository.write(name == "empty" ? "" : name, to: "data/\(name)") }
        try repository.write("train: {epochs: 3}\nlr: 0.1\n", to: "params.yaml")
        try repository.write(
            """
            stages:
              clean:
                cmd: \(long)
                deps: [prices.csv]
                outs: [out]
              train:
                cmd: echo '{"auc":0.5}' > metrics.json; cp out/clean.csv model.bin
                deps: [out]
                params: [lr, train.epochs]
                outs: [model.bin]
                metrics: [{metrics.json: {cache: false}}]

            """, to: "dvc.yaml")
    }

    static func expectClean(_ repository: TestRepository, _ comment: String) throws {
        let status = try repository.dvc("status")
        #expect(
            status.output.contains("Data and pipelines are up to date."), "\(comment): \(status.output)\(status.errors)"
        )
        let json = try repository.dvc("status", "--json")
        #expect(json.output.trimmingCharacters(in: .whitespacesAndNewlines) == "{}", "\(comment): \(json.output)")
        // As dvc's, beside the version that every document of ours has.
        let ours = try repository.hftml("status", "--json")
        #expect(
            try ours.status == 0 && JSONParser.parse(ours.output) == .map(["schemaVersion": .int(1)]),
            "\(comment): \(ours.output)\(ours.errors)")
    }

    static func expectUnchanged(_ repository: TestRepository, _ comment: String) throws {
        let diff = try repository.git("diff", "--exit-code")
        #expect(diff.status == 0, "\(comment): \(diff.output)")
    }

    @Test("B: what hftml made is clean for dvc, which adds, runs, restores and pushes the same bytes")
    func oursToTheirs() throws {
        let repository = try TestRepository()
        #expect(try repository.hftml("init").status == 0)
        try InteroperabilityTests.fill(repository)
        #expect(try repository.hftml("add", "prices.csv", "run.sh", "data").status == 0)
        let repro = try repository.hftml("repro")
        #expect(repro.status == 0, "\(repro.errors)")
        try repository.commit("made by hftml")
        try InteroperabilityTests.expectClean(repository, "1")

        let before = try repository.contents(of: "data")
        for name in ["data", "prices.csv", "run.sh", "out", "model.bin"] { try repository.remove(name) }
        let checkout = try repository.dvc("checkout")
        #expect(checkout.status == 0, "\(checkout.errors)")
        #expect(try repository.contents(of: "data") == before)
        #expect(try repository.dvc("data", "status").output.contains("No changes."))

        #expect(try repository.dvc("add", "prices.csv", "run.sh", "data").status == 0)
        #expect(try repository.dvc("repro").status == 0)
        try InteroperabilityTests.expectUnchanged(repository, "3: dvc add and repro")
        #expect(try repository.dvc("repro", "-f").status == 0)
        try InteroperabilityTests.expectUnchanged(repository, "4: dvc repro -f")

        for name in ["dvc.lock", "out", "model.bin", "metrics.json"] { try repository.remove(name) }
        let cached = try repository.dvc("repro")
        #expect(
            cached.status == 0 && cached.output.contains("is cached - skipping run"), "\(cached.output)\(cached.errors)"
        )
        try InteroperabilityTests.expectUnchanged(repository, "5: restored from our run cache")

        let storage = repository.directory.file("storage"), ours = repository.directory.file("storage-ours")
        #expect(try repository.dvc("remote", "add", "-d", "r", storage).status == 0)
        #expect(try repository.dvc("push").status == 0)
        #expect(try repository.hftml("remote", "add", "ours", ours).status == 0)
        let push = try repository.hftml("push", "-r", "ours")
        #expect(push.status == 0, "\(push.errors)")
        func keys(_ directory: String) throws -> [String] {
            try Paths.files(below: directory).filter { $0.hasPrefix("files/") }
        }
        #expect(try keys(storage) == keys(ours))
        try repository.commit("remotes")
        let clone = try TestRepository(in: repository.directory, named: "clone", isInitialized: false)
        #expect(try RunProgram.run("/usr/bin/git", ["clone", "-q", repository.path, clone.path], in: "/").status == 0)
        let pull = try clone.hftml("pull")
        #expect(pull.status == 0, "\(pull.errors)")
        #expect(try clone.contents(of: "data") == before)
        try InteroperabilityTests.expectClean(clone, "6: pulled by hftml from what dvc pushed")

        // 7: the differences that both report.
        try repository.write("train: {epochs: 4}\nlr: 0.2\n", to: "params.yaml")
        try repository.write("{\"auc\": 0.75}", to: "metrics.json")
        for kind in ["metrics", "params"] {
            let theirs = try JSONParser.parse(try repository.dvc(kind, "diff", "--json").output),
                mine = try JSONParser.parse(try repository.hftml(kind, "diff", "--json").output)
            for file in theirs.mapValue ?? [] {
                for entry in file.value.mapValue ?? [] {
                    for side in ["old", "new"] {
                        #expect(
                            mine[key: file.key]?[key: entry.key]?[key: side] == entry.value[key: side],
                            "\(kind) \(entry.key) \(mine.text(.compact))")
                    }
                }
                #expect(mine[key: file.key]?.mapValue?.count == file.value.mapValue?.count)
            }
            #expect(theirs.mapValue?.isEmpty == false)
        }
    }

    @Test("C: what dvc made is clean for hftml, and one change shows as exactly that")
    func theirsToOurs() throws {
        let repository = try TestRepository()
        #expect(try repository.dvc("init", "-q").status == 0)
        try InteroperabilityTests.fill(repository)
        #expect(try repository.dvc("add", "prices.csv", "run.sh", "data").status == 0)
        #expect(try repository.dvc("repro").status == 0)
        let storage = repository.directory.file("storage")
        #expect(try repository.dvc("remote", "add", "-d", "r", storage).status == 0)
        #expect(try repository.dvc("push", "--run-cache").status == 0)
        try repository.commit("made by dvc")
        try InteroperabilityTests.expectClean(repository, "made by dvc")
        let repro = try repository.hftml("repro")
        #expect(repro.status == 0 && repro.output.contains("nothing to do"), "\(repro.errors)\(repro.output)")
        let before = try repository.contents(of: "data")
        try repository.remove("data")
        #expect(try repository.hftml("checkout").status == 0)
        #expect(try repository.contents(of: "data") == before)
        try repository.remove(".dvc/cache")
        try repository.remove("out")
        let pull = try repository.hftml("pull", "--run-cache")
        #expect(pull.status == 0, "\(pull.errors)")
        try InteroperabilityTests.expectClean(repository, "pulled")
        try InteroperabilityTests.expectUnchanged(repository, "pulled")

        // A run that dvc recorded is taken over.
        try repository.remove("dvc.lock")
        try repository.remove("out")
        let restored = try repository.hftml("repro")
        #expect(restored.status == 0 && restored.errors.contains("an earlier run was the same"), "\(restored.errors)")
        try InteroperabilityTests.expectUnchanged(repository, "restored from their run cache")

        try repository.write("changed", to: "data/a")
        #expect(try repository.hftml("status", "--json").output.contains("\"data\": \"modified\""))
        #expect(try repository.hftml("status", "--exit-code").status == 2)
        #expect(try repository.hftml("add", "data").status == 0)
        try InteroperabilityTests.expectClean(repository, "changed and added")
        let changed = try repository.git("status", "--porcelain").output
        #expect(changed == " M data.dvc\n", "\(changed)")
        #expect(try repository.dvc("diff", "--json").output.contains("data/a"))
    }

    @Test("D: an entry of DVC 2 with normalised line ends is clean for both")
    func legacy() throws {
        let repository = try TestRepository()
        #expect(try repository.dvc("init", "-q").status == 0)
        try repository.write("a\r\nb\r\n", to: "old.csv")
        let md5 = Digest.md5(Array("a\nb\n".utf8))
        try repository.write("a\r\nb\r\n", to: ".dvc/cache/\(md5.prefix(2))/\(md5.dropFirst(2))")
        chmod(repository.file(".dvc/cache/\(md5.prefix(2))/\(md5.dropFirst(2))"), 0o444)
        try repository.write("outs:\n- md5: \(md5)\n  size: 6\n  path: old.csv\n", to: "old.csv.dvc")
        try InteroperabilityTests.expectClean(repository, "legacy")
        try repository.remove("old.csv")
        #expect(try repository.hftml("checkout").status == 0)
        #expect(try repository.read("old.csv") == "a\r\nb\r\n")
        #expect(try repository.hftml("remote", "add", "-d", "r", "../storage").status == 0)
        #expect(try repository.hftml("push").status == 0)
        #expect(
            FileManager.default.fileExists(
                atPath: repository.directory.file("storage/\(md5.prefix(2))/\(md5.dropFirst(2))")))
        // On change it becomes an entry of DVC 3.
        try repository.write("new\n", to: "old.csv")
        #expect(try repository.hftml("add", "old.csv").status == 0)
        #expect(try repository.read("old.csv.dvc").contains("hash: md5"))
        try InteroperabilityTests.expectClean(repository, "renewed")
    }

    @Test("E: damage is refused, a remote with holes is filled, and a parameter called size counts")
    func damage() throws {
        let repository = try TestRepository()
        #expect(try repository.dvc("init", "-q").status == 0)
        try repository.write("one", to: "data/a")
        try repository.write("two", to: "data/b")
        #expect(try repository.hftml("add", "data").status == 0)
        #expect(try repository.hftml("remote", "add", "-d", "r", "../storage").status == 0)
        #expect(try repository.hftml("push").status == 0)
        let md5 = Digest.md5(Array("one".utf8))
        let object = repository.file(".dvc/cache/files/md5/\(md5.prefix(2))/\(md5.dropFirst(2))")
        // Fault 3: the listing is there, a file is not.
        let stored = repository.directory.file("storage/files/md5/\(md5.prefix(2))/\(md5.dropFirst(2))")
        try FileManager.default.removeItem(atPath: stored)
        #expect(try repository.hftml("status", "--cloud", "--json").output.contains("\"data\": \"new\""))
        let push = try repository.hftml("push")
        #expect(push.output.contains("1 files pushed") && FileManager.default.fileExists(atPath: stored), "\(push)")
        // Fault 2: a flipped byte in an object that dvc would trust blindly.
        chmod(object, 0o644)
        try "onE".write(toFile: object, atomically: false, encoding: .utf8)
        chmod(object, 0o444)
        try repository.remove("data/a")
        let checkout = try repository.hftml("checkout")
        #expect(
            checkout.status == 1 && checkout.errors.contains("hftml explain data.damaged-object")
                && checkout.errors.contains(md5)
                && !repository.exists("data/a"), "\(checkout)")
        let verify = try repository.hftml("verify", "--json")
        #expect(verify.status == 2 && verify.output.contains(md5) && verify.output.contains("data/a"), "\(verify)")
        #expect(try repository.hftml("push").status == 0, "what is there already is not read again")
        #expect(try repository.hftml("verify", "--remove").status == 2)
        let pull = try repository.hftml("pull")
        #expect(pull.status == 0, "\(pull)")
        #expect(try repository.read("data/a") == "one")
        // Fault 1.
        try repository.write("size: 1\n", to: "params.yaml")
        try repository.write(
            "stages:\n  s:\n    cmd: grep size params.yaml > o\n    deps: [data]\n    params: [size]\n    outs: [o]\n",
            to: "dvc.yaml")
        #expect(try repository.hftml("repro").status == 0)
        try repository.write("size: 2\n", to: "params.yaml")
        let again = try repository.hftml("repro")
        #expect(again.status == 0 && again.errors.contains("parameter size changed (1 → 2)"), "\(again.errors)")
        #expect(try repository.read("o") == "size: 2\n")
        try InteroperabilityTests.expectClean(repository, "size")
    }

    @Test("F: beside a sleeping dvc repro, hftml works or waits and says for whom; the lock stays whole")
    func concurrency() throws {
        let repository = try TestRepository()
        #expect(try repository.dvc("init", "-q").status == 0)
        try repository.write("x", to: "in")
        try repository.write("y", to: "other")
        let slow = "  slow:\n    cmd: until [ -e go ]; do sleep 0.1; done; cp in o\n    deps: [in]\n    outs: [o]\n"
        try repository.write("stages:\n\(slow)  next:\n    cmd: cp o p\n    deps: [o]\n    outs: [p]\n", to: "dvc.yaml")
        // One stage only: dvc does not wait, so it would fail on the next where hftml is quicker to lock that.
        let running = try repository.start(try #require(SharedData.client("dvc")), ["repro", "slow"])
        let hasLocked = try RunProgram.wait(every: 50) {
            guard repository.exists(".dvc/tmp/rwlock") else { return false }
            let locks = try repository.read(".dvc/tmp/rwlock")
            return locks.contains("\"o\"") || locks.contains("/o\"")
        }
        #expect(hasLocked)
        // Another path is not in the way.
        let add = try repository.hftml("add", "other")
        #expect(add.status == 0 && running.isRunning, "\(add.errors)")
        // The same stage is: hftml waits, and then has nothing left to do.
        let repro = try repository.start(RunProgram.hftml, ["repro"])
        #expect(
            RunProgram.wait(every: 50) {
                !repro.isRunning
                    || RunProgram.errors(of: repro).contains("waiting for process \(running.processIdentifier)")
            })
        try repository.write("", to: "go")
        repro.waitUntilExit()
        let errors = RunProgram.errors(of: repro)
        #expect(
            repro.terminationStatus == 0 && errors.contains("waiting for process \(running.processIdentifier)"),
            "\(errors)")
        #expect(!errors.contains("▶ slow"), "what the other one has run meanwhile must not run again: \(errors)")
        running.waitUntilExit()
        #expect(running.terminationStatus == 0)
        try InteroperabilityTests.expectClean(repository, "both at once")
    }
}
