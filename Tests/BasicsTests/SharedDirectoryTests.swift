import Basics
import Foundation
import TestSupport
import Testing

/// What a team's directory holds can be written by the team, whoever made it and with whatever umask.
@Suite struct SharedDirectoryTests {
    static func mode(_ path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    @Test("files, locks and directories take the group's rights from a shared directory, private ones do not")
    func shared() throws {
        let directory = try TemporaryDirectory()
        #expect(chmod(directory.path, 0o2775) == 0)
        try AtomicFile.write("x", to: directory.file("record/runs/a.json"))
        try AtomicFile.write("x", to: directory.file("artefact"), mode: 0o444)
        try AtomicFile.write("x", to: directory.file("private.key.json"), mode: 0o600)
        let lock = try FileLock(directory.file("registry.sqlite.lock"))
        withExtendedLifetime(lock) {}
        let names = [
            "record", "record/runs", "record/runs/a.json", "artefact", "private.key.json", "registry.sqlite.lock",
        ]
        let modes = names.map { SharedDirectoryTests.mode(directory.file($0)) }
        #expect(modes == [0o2775, 0o2775, 0o664, 0o444, 0o600, 0o664])
        #expect(try Paths.entries(directory.path).filter { $0.contains(".tmp-") } == [])
    }

    @Test("a directory of one person's stays as it is")
    func own() throws {
        let directory = try TemporaryDirectory()
        #expect(chmod(directory.path, 0o775) == 0)
        try AtomicFile.write("x", to: directory.file("a.json"))
        let lock = try FileLock(directory.file("lock"))
        withExtendedLifetime(lock) {}
        try SharedDirectory.prepare(directory.file("b"))
        #expect(SharedDirectoryTests.mode(directory.file("a.json")) == 0o644)
        #expect(SharedDirectoryTests.mode(directory.file("lock")) & 0o022 == 0)
        #expect(!Paths.exists(directory.file("b")))
    }
}
