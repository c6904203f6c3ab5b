import Basics
import DataVersioning
import Foundation
import Synchronization
import TestSupport
import Testing

/// What every remote storage must do, whatever it is. A new kind of remote runs these on a real server of its kind.
struct RemoteConformance {
    let remote: any RemoteStorage
    /// For local files.
    let directory: TemporaryDirectory

    init(_ remote: any RemoteStorage) throws {
        self.remote = remote
        directory = try TemporaryDirectory()
    }

    /// All checks for a place that objects are sent to; it is empty before.
    func checkWritable() throws {
        try checkRoundTrip()
        try checkMissing()
        try checkResumedDownload()
        try checkFailedUpload()
        try checkConcurrentWriters()
        try checkRemoval()
    }

    // MARK: Checks

    static func key(_ number: Int) -> String {
        let md5 = Digest.md5(Array("object \(number)".utf8))
        return "files/md5/\(md5.prefix(2))/\(md5.dropFirst(2))"
    }

    /// Bytes that differ from place to place, so that a block in a wrong order shows.
    static func content(_ bytes: Int) -> [UInt8] { (0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 9) } }

    @discardableResult
    private func put(_ bytes: [UInt8], _ key: String, named name: String = "local") throws -> String {
        let path = directory.file(name)
        try AtomicFile.write(bytes, to: path)
        try remote.upload(path, to: key, progress: nil)
        return path
    }

    private func get(_ key: String, named name: String = "fetched") throws -> [UInt8] {
        let path = directory.file(name)
        try Paths.remove(path)
        try remote.download(key, to: path, progress: nil)
        return try FileChunks.bytes(path)
    }

    /// Empty, small, and more than one part of any protocol here; what is sent again stays as it is.
    private func checkRoundTrip() throws {
        #expect(try remote.list("files/md5").isEmpty)
        let sizes = [0, 1, 100_000, 6_000_001]
        for (index, size) in sizes.enumerated() {
            let key = Self.key(index), bytes = Self.content(size)
            try put(bytes, key)
            #expect(try get(key) == bytes, "\(size) bytes")
        }
        try put(Self.content(1), Self.key(1))
        let listed = try remote.list("files/md5").sorted { $0.size < $1.size }
        #expect(listed.map(\.size) == sizes)
        #expect(Set(listed.map(\.key)) == Set((0..<4).map(Self.key)))
        let now = Int(Date().timeIntervalSince1970)
        #expect(listed.allSatisfy { abs($0.modified - now) < 86_400 })
        #expect(try remote.list("runs").isEmpty)
    }

    private func checkMissing() throws {
        let keys = [Self.key(900), Self.key(0), Self.key(901), Self.key(3)]
        #expect(try remote.missing(keys) == [0, 2])
        #expect(try remote.missing([]) == [])
        // Many keys are looked for in another way than few.
        let many = (0..<400).map { Self.key($0 < 4 ? $0 : $0 + 1_000) }
        #expect(try remote.missing(many) == Array(4..<400))
        let error = try #require(throws: RemoteError.self) { try get(Self.key(900)) }
        #expect(error.code == "remote.missing-object", "\(error)")
    }

    /// An interrupted download resumes where it stopped, and ends with the object's bytes.
    private func checkResumedDownload() throws {
        let bytes = Self.content(6_000_001), path = directory.file("half")
        for have in [1, 3_000_000, bytes.count] {
            try AtomicFile.write(Array(bytes[..<have]), to: path)
            try remote.download(Self.key(3), to: path, progress: nil)
            #expect(try FileChunks.bytes(path) == bytes, "\(have) bytes were there")
        }
    }

    /// A key shows nothing or a whole object.
    private func checkFailedUpload() throws {
        #expect(throws: FileError.self) {
            try remote.upload(directory.file("nowhere"), to: Self.key(700), progress: nil)
        }
        #expect(try remote.missing([Self.key(700)]) == [0])
        #expect(try !remote.list("files/md5").contains { $0.key == Self.key(700) })
    }

    /// Two pushes of the same data at once, and one of other data.
    private func checkConcurrentWriters() throws {
        let shared = Self.content(300_000), failures = Mutex<[String]>([])
        for number in 0..<8 { try AtomicFile.write(shared, to: directory.file("writer-\(number)")) }
        DispatchQueue.concurrentPerform(iterations: 8) { number in
            do {
                let path = directory.file("writer-\(number)")
                try remote.upload(path, to: Self.key(500), progress: nil)
                try remote.upload(path, to: Self.key(510 + number), progress: nil)
            } catch { failures.withLock { $0.append("\(error)") } }
        }
        #expect(failures.withLock { $0 } == [])
        #expect(try get(Self.key(500)) == shared)
        for number in 0..<8 { #expect(try get(Self.key(510 + number)) == shared) }
        // Nothing unfinished shows.
        #expect(try remote.list("files/md5").count == 4 + 9)
    }

    private func checkRemoval() throws {
        try remote.remove(Self.key(0))
        #expect(try remote.missing([Self.key(0), Self.key(1)]) == [0])
        try remote.remove(Self.key(0))
    }

    /// What a place that can only be read must do.
    ///
    /// - Parameter objects: what it holds: bytes by key.
    func checkReadable(_ objects: [String: [UInt8]]) throws {
        for (key, bytes) in objects { #expect(try get(key) == bytes) }
        let keys = objects.keys.sorted()
        #expect(try remote.missing([Self.key(900)] + keys) == [0])
        let missing = try #require(throws: RemoteError.self) { try get(Self.key(900)) }
        #expect(missing.code == "remote.missing-object", "\(missing)")
        for (key, bytes) in objects {
            let path = directory.file("half")
            try AtomicFile.write(Array(bytes.prefix(bytes.count / 2)), to: path)
            try remote.download(key, to: path, progress: nil)
            #expect(try FileChunks.bytes(path) == bytes)
        }
    }

    /// Sending, listing and removing are refused in one way.
    func checkRefusesChanges() throws {
        let file = directory.file("file")
        try AtomicFile.write([1], to: file)
        let attempts: [() throws -> Void] = [
            { try remote.upload(file, to: Self.key(1), progress: nil) }, { _ = try remote.list("files/md5") },
            { try remote.remove(Self.key(1)) },
        ]
        for attempt in attempts {
            let error = try #require(throws: RemoteError.self) { try attempt() }
            #expect(error.code == "remote.read-only" && error.hint != nil)
        }
    }
}
