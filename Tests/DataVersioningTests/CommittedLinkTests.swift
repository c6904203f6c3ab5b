import Basics
import DataVersioning
import Foundation
import TestSupport
import Testing

/// Links that Git brings into the places where a workspace keeps what only this machine has.
@Suite struct CommittedLinkTests {
    private static let text = "bytes of somebody's choice\n"
    private static let md5 = Digest.md5(Array(text.utf8))
    private static let key = "files/md5/\(md5.prefix(2))/\(md5.dropFirst(2))"

    private let place: TemporaryDirectory
    private let secret: String

    init() throws {
        place = try TemporaryDirectory()
        secret = try place.write("a private key", to: "key.json")
        try place.write(Self.text, to: "remote/\(Self.key)")
    }

    private func link(_ path: String, to target: String) throws {
        try Paths.makeDirectory(Paths.parent(path))
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
    }

    private func code(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch { return (error as? any UserFacingError)?.code }
    }

    private func storage(_ url: String, _ environment: [String: String] = [:]) throws -> any RemoteStorage {
        try RepositorySettings.Remote(
            name: "r", url: url, options: [:], environment: SharedData.environment.merging(environment) { $1 }
        ).open(jobs: 2)
    }

    private func checkNothingWritten(_ storage: any RemoteStorage) throws {
        let workspace = try Workspace.create(place.file("w"), environment: [:])
        let transfers = Transfers(store: workspace.store, remote: storage)
        let object = Transfers.Object(md5: Self.md5, name: "note.txt")
        let partial = "\(workspace.store.partial)/resume-\(Self.md5)"
        for target in [secret, place.file("start-file")] {
            try link(partial, to: target)
            #expect(code { _ = try transfers.fetch([object]) } == "file.special")
            // The storage itself opens nothing through a link either, whoever calls it.
            #expect(code { try storage.download(Self.key, to: partial, progress: nil) } == "file.special")
            #expect(try FileChunks.text(secret) == "a private key" && !Paths.exists(place.file("start-file")))
            try Paths.remove(partial)
        }
        try Paths.remove(workspace.store.partial)
        try Paths.makeDirectory(place.file("elsewhere"))
        try link(workspace.store.partial, to: place.file("elsewhere"))
        #expect(code { _ = try transfers.fetch([object]) } == "file.special")
        #expect(try Paths.entries(place.file("elsewhere")) == [])
        try Paths.remove(workspace.store.partial)
        #expect(try transfers.fetch([object]).count == 1 && workspace.store.contains(Self.md5))
    }

    @Test("a download goes on in no link that lies in the place of its beginning, nor below one")
    func overHTTP() throws {
        let server = try LocalServer.files(place.file("remote"), in: place)
        try checkNothingWritten(try storage("http://127.0.0.1:\(server.port)"))
        withExtendedLifetime(server) {}
    }

    @Test(
        "the same over SFTP",
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: RemoteStorageTests.sftpServer),
            "needs openssh-sftp-server"))
    func overSFTP() throws {
        let script = try place.write("#!/bin/sh\nexec \(RemoteStorageTests.sftpServer)\n", to: "ssh")
        #expect(chmod(script, 0o755) == 0)
        try checkNothingWritten(try storage("ssh://host\(place.file("remote"))", ["HFTML_SSH_COMMAND": script]))
    }

    @Test(
        "a committed link in the place of the cache or of what is under way opens no workspace; one's own link does",
        arguments: [".dvc/cache", ".dvc/tmp", ".dvc/cache/files/md5", ".dvc/tmp/hftml-state"])
    func places(_ name: String) throws {
        let repository = try TestRepository()
        _ = try Workspace.create(repository.path, environment: [:])
        try? Paths.remove(repository.file(name))
        try Paths.makeDirectory(place.file("disk"))
        try link(repository.file(name), to: place.file("disk"))
        #expect(code { _ = try Workspace.find(from: repository.path, environment: [:]) } == nil, "a larger disk")
        try repository.git("add", "-f", name)
        let error = #expect(throws: Failure.self) { try Workspace.find(from: repository.path, environment: [:]) }
        #expect(error?.code == "data.symbolic-link" && error?.message.contains(name) == true)
        try repository.git("rm", "-q", "-f", name)
        #expect(code { _ = try Workspace.find(from: repository.path, environment: [:]) } == nil)
    }

    @Test("what is added to a file of rules does not bring along what a link in its place leads to")
    func rules() throws {
        let rules = place.file("w/.gitignore")
        try link(rules, to: secret)
        #expect(code { try GitIgnore.add("data", in: place.file("w")) } == "file.special")
        #expect(code { try GitIgnore.remove("data", in: place.file("w")) } == "file.special")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: rules) == secret)
        #expect(try FileChunks.text(secret) == "a private key")
    }
}
