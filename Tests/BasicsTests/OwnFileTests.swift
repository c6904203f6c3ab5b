import Basics
import Foundation
import TestSupport
import Testing

/// What Git can bring into the place of a file of ours is not written to.
@Suite struct OwnFileTests {
    private static func code(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch { return (error as? any UserFacingError)?.code }
    }

    private static func code(opening path: String) -> String? {
        code { close(try OwnFile.open(path, O_WRONLY | O_APPEND)) }
    }

    @Test("a file of ours is opened through no link, whatever it leads to, and no mode is set through one")
    func links() throws {
        let directory = try TemporaryDirectory(), secret = try directory.write("secret", to: "key.json")
        #expect(chmod(secret, 0o600) == 0)
        for (name, target) in [("soft", secret), ("nothing", directory.file("new")), ("below", directory.path)] {
            try FileManager.default.createSymbolicLink(atPath: directory.file(name), withDestinationPath: target)
        }
        try FileManager.default.linkItem(atPath: secret, toPath: directory.file("hard"))
        #expect(mkfifo(directory.file("pipe"), 0o600) == 0)
        for name in ["soft", "nothing", "hard"] {
            #expect(Self.code(opening: directory.file(name)) == "file.special", "\(name)")
        }
        // Nobody reads from the pipe: opening it must not wait.
        #expect(Self.code(opening: directory.file("pipe")) != nil)
        #expect(Self.code { try OwnFile.setMode(directory.file("soft"), 0o444) } == "file.special")
        for name in ["soft", "nothing", "below"] {
            #expect(Self.code { try OwnFile.makeDirectory(directory.file(name)) } == "file.special", "\(name)")
        }
        for name in ["soft", "nothing", "below"] {
            #expect(Self.code { _ = try OwnFile.text(directory.file(name)) } == "file.special", "\(name)")
        }
        #expect(try FileChunks.text(secret) == "secret" && SharedDirectoryTests.mode(secret) == 0o600)
        #expect(!Paths.exists(directory.file("new")))
    }

    @Test("one that is there is gone on with, one that is not is made")
    func opened() throws {
        let directory = try TemporaryDirectory(), path = directory.file("resume")
        for text in ["on", "e"] {
            let descriptor = try OwnFile.open(path, O_WRONLY | O_APPEND, mode: 0o600)
            defer { close(descriptor) }
            #expect(Array(text.utf8).withUnsafeBytes { DescriptorWriting.all($0, to: descriptor) })
        }
        #expect(try OwnFile.text(path) == "one" && OwnFile.text(directory.file("none")) == "")
        #expect(try FileChunks.text(path) == "one" && SharedDirectoryTests.mode(path) == 0o600)
        try OwnFile.setMode(path, 0o444)
        #expect(SharedDirectoryTests.mode(path) == 0o444)
        try OwnFile.makeDirectory(directory.file("a/b"))
        try OwnFile.makeDirectory(directory.file("a/b"))
        #expect(Paths.isRealDirectory(directory.file("a/b")))
    }
}
