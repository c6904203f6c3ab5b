import Basics
import Foundation
import TestSupport
import Testing

/// A lock is written over, so what is no lock must not be taken for one.
@Suite struct FileLockTests {
    private static func code(_ path: String, isPrivate: Bool = false) -> String? {
        do {
            let lock = try FileLock(path, isPrivate: isPrivate)
            withExtendedLifetime(lock) {}
            return nil
        } catch { return (error as? any UserFacingError)?.code }
    }

    @Test("a lock is taken through no link, and nothing that holds something else is written over")
    func foreign() throws {
        let directory = try TemporaryDirectory(), secret = try directory.write("{\"privateKey\": 1}\n", to: "key.json")
        // Its owner may write it, whoever runs this: nothing but the look keeps it whole. A lock's mode is another.
        #expect(chmod(secret, 0o640) == 0)
        try FileManager.default.createSymbolicLink(atPath: directory.file("soft"), withDestinationPath: secret)
        try FileManager.default.linkItem(atPath: secret, toPath: directory.file("hard"))
        try FileManager.default.createSymbolicLink(
            atPath: directory.file("nothing"), withDestinationPath: directory.file("new"))
        try directory.write("all of a registry", to: "text")
        #expect(mkfifo(directory.file("pipe"), 0o600) == 0)
        for name in ["soft", "hard", "nothing", "text", "pipe"] {
            for isPrivate in [false, true] {
                #expect(Self.code(directory.file(name), isPrivate: isPrivate) == "file.lock", "\(name)")
            }
        }
        #expect(try FileChunks.text(secret) == "{\"privateKey\": 1}\n")
        #expect(SharedDirectoryTests.mode(secret) == 0o640)
        #expect(try FileChunks.text(directory.file("text")) == "all of a registry")
        #expect(!Paths.exists(directory.file("new")))
    }

    @Test(
        "what DVC or an earlier process left in a lock is taken over",
        arguments: ["", " 4711\n", "4711\r\n", "\0\0\0\0"])
    func left(_ text: String) throws {
        let directory = try TemporaryDirectory(), path = try directory.write(text, to: "lock")
        #expect(Self.code(path) == nil)
        #expect(try FileChunks.text(path) == " \(getpid())\n")
    }
}
