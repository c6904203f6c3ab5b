import Basics
import Foundation
import TestSupport
import Testing

/// What becomes of commands when hftml is told to end.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: RunProgram.hftml), "needs the built programs"))
struct SignalTests {
    /// A stage that says its process id and then waits, with a child of its own.
    private func made() throws -> TestRepository {
        let repository = try TestRepository()
        #expect(try repository.hftml("init").status == 0)
        try repository.write(
            "stages:\n  first: {cmd: echo 1 > a, outs: [a]}\n"
                + "  wait: {cmd: 'sleep 60 & echo $$ $! > pids; wait', deps: [a], outs: [b]}\n", to: "dvc.yaml")
        return repository
    }

    /// The processes of the stage, once it runs.
    private func processes(_ repository: TestRepository) throws -> [Int32] {
        for _ in 0..<600 {
            if repository.exists("pids") {
                let ids = try repository.read("pids").split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
                if ids.count == 2 { return ids }
            }
            usleep(20_000)
        }
        throw Failure("test.start", "the stage did not start")
    }

    private func areGone(_ ids: [Int32]) -> Bool {
        for _ in 0..<250 {
            let living = ids.filter { id in
                guard kill(id, 0) == 0 else { return false }
                // A process that nobody has waited for yet is at its end as well.
                let state = (try? FileChunks.text("/proc/\(id)/stat"))?.split(separator: ")").last ?? ""
                return !state.hasPrefix(" Z")
            }
            if living.isEmpty { return true }
            usleep(20_000)
        }
        return false
    }

    @Test(
        "a signal ends the commands with all they started, records what was done, and is the exit status",
        arguments: [(SIGTERM, 143), (SIGINT, 130), (SIGHUP, 129)] as [(Int32, Int32)])
    func signals(_ number: Int32, _ status: Int32) throws {
        let repository = try made()
        let process = try repository.start(RunProgram.hftml, ["repro", "-q"])
        let ids = try processes(repository)
        kill(process.processIdentifier, number)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == status)
        #expect(areGone(ids))
        let lock = try repository.read("dvc.lock")
        #expect(lock.contains("first:") && !lock.contains("wait:"))
        try repository.write(try repository.read("dvc.yaml").replacing("sleep 60", with: "echo 2 > b"), to: "dvc.yaml")
        let again = try repository.hftml("repro", "--json")
        let current = try JSONParser.parse(again.output)[key: "pipelines"]?.listValue?.first?[key: "current"]
        #expect(again.status == 0 && current == .strings(["first"]), "\(again.output)")
    }

    @Test("after kill -9 the next run says which process it waits for, and how to end it")
    func leftover() throws {
        let repository = try made()
        let process = try repository.start(RunProgram.hftml, ["repro", "-q"])
        let ids = try processes(repository)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let log = repository.file("log")
        let next = try repository.start(
            "/bin/sh", ["-c", "exec \"$0\" repro 2> \"$1\"", RunProgram.hftml, log])
        var text = ""
        for _ in 0..<600 where !text.contains("end it with") {
            usleep(20_000)
            text = (try? FileChunks.text(log)) ?? ""
        }
        #expect(ids.contains { text.contains("waiting for process \($0) (") }, "\(text)")
        #expect(text.contains("end it with: kill -- -\(ids[0])"), "\(text)")
        kill(next.processIdentifier, SIGTERM)
        next.waitUntilExit()
        #expect(next.terminationStatus == 143)
        kill(-ids[0], SIGKILL)
        #expect(areGone(ids))
    }

    @Test(
        "ended at random moments, repro, train, search and add go on where they were, and nothing wrong is on record",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "needs python3"))
    func moments() throws {
        let directory = try TemporaryDirectory(), count = 4
        let script = "\(SharedData.repository)/Tests/CommandLineTests/Fixtures/random_moments.py"
        let result = try RunProgram.run(
            "/usr/bin/python3", ["-B", script, RunProgram.hftml, "1", String(count), directory.file("moments")],
            in: directory.path)
        #expect(result.status == 0, "\(result)")
        #expect(result.output.contains("{\"moments\": \(count), \"faults\": 0"), "\(result)")
    }

    @Test("a question for a passphrase that is ended by a signal leaves a terminal that shows what is typed")
    func passphrase() throws {
        let directory = try TemporaryDirectory()
        try directory.write("", to: ".dvc/config")
        // TIOCSPTLCK and TIOCGPTN: unlocks the other end, and says its number.
        var lock: Int32 = 0, number: UInt32 = 0
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        let isUnlocked = ioctl(master, 0x4004_5431, &lock) == 0, isNumbered = ioctl(master, 0x8004_5430, &number) == 0
        #expect(isUnlocked && isNumbered)
        let slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
        #expect(slave >= 0)
        defer { for descriptor in [master, slave] { close(descriptor) } }
        func isShown() -> Bool {
            var state = termios()
            return tcgetattr(slave, &state) == 0 && state.c_lflag & tcflag_t(ECHO) != 0
        }
        #expect(isShown())
        let process = Process()
        process.executableURL = URL(fileURLWithPath: RunProgram.hftml)
        process.arguments = ["keys", "generate", "ann"]
        process.currentDirectoryURL = URL(fileURLWithPath: directory.path)
        process.environment = ["HFTML_KEYS_DIRECTORY": directory.file("keys"), "HOME": directory.path]
        process.standardInput = FileHandle(fileDescriptor: slave, closeOnDealloc: false)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        #expect(RunProgram.wait { !isShown() || !process.isRunning }, "the question is asked")
        #expect(process.isRunning && !isShown())
        kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 130)
        #expect(isShown())
        #expect(!Paths.exists(directory.file("keys/ann.key.json")), "no key was made")
    }
}
