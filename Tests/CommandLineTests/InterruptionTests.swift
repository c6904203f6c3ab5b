import Basics
import Foundation
import TestSupport
import Testing

/// `kill -9` at random moments, and a disk that is full: no object under a name that is not its hash, no workspace file
/// lost, and the next command goes on.
@Suite(
    .enabled(if: FileManager.default.isExecutableFile(atPath: RunProgram.hftml), "needs the built programs"),
    .serialized) struct InterruptionTests
{
    /// Moments per command; five commands make 200.
    static let rounds = ProcessInfo.processInfo.environment["HFTML_TEST_KILLS"].flatMap(Int.init) ?? 40

    /// Names of objects whose content is not what their name says.
    static func damaged(_ store: String) throws -> [String] {
        guard Paths.isDirectory("\(store)/files/md5") else { return [] }
        return try Paths.files(below: "\(store)/files/md5").filter { name in
            let md5 = try Digest.md5(file: "\(store)/files/md5/\(name)")
            return md5 != name.replacing("/", with: "").prefix(32)
        }
    }

    /// Small files, and one large enough for the streaming path.
    static func fill(_ repository: TestRepository) throws {
        for index in 0..<400 {
            try repository.write(
                String(repeating: "row \(index)\n", count: 100 + index), to: "data/\(index % 7)/part-\(index).csv")
        }
        try repository.write(String(repeating: "0123456789abcdef", count: 700_000), to: "large.bin")
    }

    /// Starts a command, kills it after a random time, and hands over to the check.
    private static func killed(
        _ repository: TestRepository, _ arguments: [String], longest: Double, _ generator: inout SeededRandom
    ) throws -> Bool {
        let process = try repository.start(RunProgram.hftml, arguments)
        usleep(UInt32(generator.uniform() * longest * 1e6))
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        return process.terminationReason == .uncaughtSignal
    }

    /// How long a command takes when nobody disturbs it.
    private static func seconds(_ repository: TestRepository, _ arguments: [String]) throws -> Double {
        let started = Clock.monotonic()
        let process = try repository.start(RunProgram.hftml, arguments)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(arguments)")
        return Double(Clock.monotonic() - started) * 1e-9
    }

    @Test("add, checkout, push, pull and repro killed at 200 random moments")
    func kills() throws {
        let repository = try TestRepository()
        var generator = SeededRandom(seed: 20_261_123)
        #expect(try repository.hftml("init").status == 0)
        try InterruptionTests.fill(repository)
        try repository.write(
            "stages:\n  a: {cmd: 'cp -r data out && cat large.bin > out/big', deps: [data, large.bin], outs: [out]}\n  "
                + "b: {cmd: cat out/*/* > all, deps: [out], outs: [all]}\n",
            to: "dvc.yaml")
        let storage = repository.directory.file("storage")
        #expect(try repository.hftml("remote", "add", "-d", "r", storage).status == 0)
        let data = try repository.contents(of: "data"), large = try repository.read("large.bin")
        let cache = repository.file(".dvc/cache")
        var hits = 0
        func check(_ what: String) throws {
            #expect(try InterruptionTests.damaged(cache).isEmpty, "\(what): a damaged object")
            #expect(try InterruptionTests.damaged(storage).isEmpty, "\(what): a damaged object in the remote")
        }
        func expectWorkspace(_ what: String) throws {
            #expect(try repository.contents(of: "data") == data, "\(what): workspace files")
            #expect(try repository.read("large.bin") == large, "\(what): the large file")
        }
        let commands: [(arguments: [String], prepare: () throws -> Void, keepsWorkspace: Bool)] = [
            (
                ["add", "-q", "data", "large.bin"],
                {
                    for name in [".dvc/cache", ".dvc/tmp/hftml-state", "data.dvc", "large.bin.dvc"]
                    where repository.exists(name) { try repository.remove(name) }
                },
                true
            ),
            (
                ["checkout", "-q"],
                { for name in ["data", "large.bin"] where repository.exists(name) { try repository.remove(name) } },
                false
            ),
            (
                ["push", "-q"],
                {
                    if FileManager.default.fileExists(atPath: storage) {
                        try FileManager.default.removeItem(atPath: storage)
                    }
                }, true
            ),
            (
                ["pull", "-q"],
                { for name in [".dvc/cache", "data"] where repository.exists(name) { try repository.remove(name) } },
                false
            ),
            (
                ["repro", "-q"],
                {
                    for name in ["dvc.lock", ".dvc/cache/runs", "out", "all"] where repository.exists(name) {
                        try repository.remove(name)
                    }
                }, true
            ),
        ]
        for command in commands {
            try command.prepare()
            let longest = try InterruptionTests.seconds(repository, command.arguments) * 1.05
            for round in 0..<InterruptionTests.rounds {
                let what = "\(command.arguments[0]) round \(round)"
                // Every other round goes on from what a killed one left, and is killed too.
                let isFresh = round % 2 == 0
                if isFresh { try command.prepare() }
                if try InterruptionTests.killed(repository, command.arguments, longest: longest, &generator) {
                    hits += 1
                }
                try check(what)
                if command.keepsWorkspace { try expectWorkspace(what) }
                if isFresh { continue }
                let again = try RunProgram.run(RunProgram.hftml, command.arguments, in: repository.path)
                #expect(again.status == 0, "\(what): \(again.errors)")
                try check("\(what), again")
                try expectWorkspace("\(what), again")
                // Nothing half written stays beside the data.
                #expect(try Paths.entries(repository.path).allSatisfy { !$0.contains(".tmp-") || $0.hasPrefix(".") })
            }
            #expect(try repository.hftml("status", "data.dvc", "large.bin.dvc").output.contains("up to date"))
        }
        // A kill that comes after the end proves nothing.
        #expect(
            hits > InterruptionTests.rounds,
            "only \(hits) of \(5 * InterruptionTests.rounds) kills met a running command")
        #expect(try Paths.files(below: repository.file("data")).count == 400)
    }

    static func mount(_ path: String, _ megabytes: Int) throws -> Bool {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard getuid() == 0 else { return false }
        return try RunProgram.run(
            "/usr/bin/env", ["mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", path], in: "/"
        ).status == 0
    }

    @Test(
        "a full disk: an error that says so, nothing lost, nothing torn; with space again the same command succeeds",
        .enabled(if: getuid() == 0, "needs root to mount a small file system"))
    func fullDisk() throws {
        let directory = try TemporaryDirectory()
        try #require(try InterruptionTests.mount(directory.file("small"), 40))
        defer { _ = try? RunProgram.run("/usr/bin/env", ["umount", "-l", directory.file("small")], in: "/") }
        let repository = try TestRepository(in: directory, named: "small/repository")
        #expect(try repository.hftml("init").status == 0)
        try InterruptionTests.fill(repository)
        let data = try repository.contents(of: "data")
        let ballast = directory.file("small/ballast")
        func leave(megabytes: Int) throws {
            try? FileManager.default.removeItem(atPath: ballast)
            let free = try #require(
                try FileManager.default.attributesOfFileSystem(forPath: repository.path)[.systemFreeSize] as? Int)
            _ = FileManager.default.createFile(atPath: ballast, contents: Data(count: max(0, free - megabytes << 20)))
        }
        func expectFull(_ arguments: String..., megabytes: Int) throws {
            try leave(megabytes: megabytes)
            let result = try RunProgram.run(RunProgram.hftml, arguments, in: repository.path)
            #expect(result.status == 1 && result.errors.contains("no space left"), "\(arguments): \(result)")
            #expect(result.errors.contains("free some space"), "\(result.errors)")
            #expect(try InterruptionTests.damaged(repository.file(".dvc/cache")).isEmpty)
            try? FileManager.default.removeItem(atPath: ballast)
            let again = try RunProgram.run(RunProgram.hftml, arguments, in: repository.path)
            #expect(again.status == 0, "\(arguments): \(again.errors)")
        }
        try expectFull("add", "data", "large.bin", megabytes: 4)
        #expect(try repository.contents(of: "data") == data)
        #expect(try repository.hftml("remote", "add", "-d", "r", directory.file("storage")).status == 0)
        #expect(try repository.hftml("push").status == 0)
        for name in ["data", "large.bin"] { try repository.remove(name) }
        try expectFull("checkout", megabytes: 3)
        #expect(try repository.contents(of: "data") == data)
        try repository.remove(".dvc/cache")
        try repository.remove("large.bin")
        try expectFull("pull", megabytes: 5)
        try repository.write("stages:\n  a: {cmd: cat data/*/* > all, deps: [data], outs: [all]}\n", to: "dvc.yaml")
        try leave(megabytes: 0)
        #expect(try repository.hftml("repro").status == 1)
        try? FileManager.default.removeItem(atPath: ballast)
        #expect(try repository.hftml("repro").status == 0)
        #expect(try repository.contents(of: "data") == data)
    }
}
