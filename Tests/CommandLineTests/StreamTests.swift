import Foundation
import TestSupport
import Testing

/// Standard streams that are closed, full or read by nobody, and signals while nothing asks about them.
@Suite(.serialized) struct StreamTests {
    private func shell(_ line: String, _ repository: TestRepository) throws -> RunProgram.Result {
        try RunProgram.run("/bin/sh", ["-c", line, RunProgram.hftml], in: repository.path)
    }

    @Test("a stdout that is closed or full is said on stderr, with status 1; a closed stderr is nothing")
    func streams() throws {
        let repository = try TestRepository()
        #expect(try repository.hftml("init").status == 0)
        for line in ["\"$0\" status >&-", "\"$0\" status > /dev/full", "\"$0\" status --json > /dev/full"] {
            let result = try shell(line, repository)
            #expect(result.status == 1 && result.errors.contains("cannot write the output to stdout"), "\(result)")
        }
        try repository.write("bytes\n", to: "raw")
        let added = try shell("\"$0\" add raw 2>&-", repository)
        #expect(added.status == 0 && FileManager.default.fileExists(atPath: repository.file("raw.dvc")), "\(added)")
        // The reader is gone before the program begins: the pipe is opened for both, and the reading end closed.
        let unread = try shell(
            "mkfifo p; sleep 9 < p & exec 3> p; kill $!; wait; \"$0\" status >&3; echo \"status $?\" >&2", repository)
        #expect(unread.errors == "status 141\n", "\(unread)")
    }

    @Test("before training begins the first signal ends the process", arguments: ["INT", "TERM", "HUP"])
    func signals(_ name: String) throws {
        let repository = try TestRepository()
        #expect(try repository.hftml("init").status == 0)
        // A configuration that nobody writes: opening it waits.
        let result = try shell(
            """
            mkfifo ff; timeout -s KILL 20 timeout -s \(name) 1 env --default-signal=INT,HUP,TERM \
            "$0" train ff --features F -o x; exit $?
            """, repository)
        #expect(result.status == 124, "\(result): 137 is a process that heeds no signal")
    }

    @Test(
        "a backup that does not fit the disk says so and leaves nothing, so that it can be repeated",
        .enabled(if: getuid() == 0, "needs root to mount a small file system"))
    func fullDiskOfBackup() throws {
        let repository = try TestRepository()
        #expect(try repository.hftml("init").status == 0)
        // The smallest registry has more pages than this disk has room for beside its ballast.
        let disk = repository.file("small"), ballast = repository.file("small/ballast")
        try #require(try InterruptionTests.mount(disk, 1))
        defer { _ = try? RunProgram.run("/usr/bin/env", ["umount", "-l", disk], in: "/") }
        #expect(FileManager.default.createFile(atPath: ballast, contents: Data(count: 1_000_000)))
        let full = try repository.hftml("registry", "backup", "small/copy.sqlite")
        #expect(full.status == 1 && full.errors.contains("no space left"), "\(full)")
        #expect(full.errors.contains("free some space"), "\(full)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk) == ["ballast"])
        try repository.remove("small/ballast")
        let again = try repository.hftml("registry", "backup", "small/copy.sqlite")
        #expect(again.status == 0, "\(again)")
    }
}
