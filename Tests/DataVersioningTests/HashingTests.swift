import Basics
import CKernels
import DataVersioning
import Foundation
import TestSupport
import Testing

@Suite struct HashingTests {
    @Test("sixteen streams at once give the hashes of one, at every length around the block, on every instruction set")
    func multiBuffer() {
        var generator = SeededRandom(seed: 7)
        for round in 0..<20 {
            // All lengths around the padding's corners, and random ones, in random order.
            let lengths = (0..<200).map { $0 < 140 ? $0 : generator.index(below: 5_000) }.shuffled(using: &generator)
            let buffers = lengths.prefix(round == 0 ? 200 : 1 + generator.index(below: 60)).map { length in
                (0..<length).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            }
            let expected = buffers.map { Digest.md5($0) }
            let pointers = buffers.map { buffer in
                UnsafeMutableRawBufferPointer.allocate(byteCount: max(buffer.count, 1), alignment: 1)
            }
            defer { for pointer in pointers { pointer.deallocate() } }
            for (buffer, pointer) in zip(buffers, pointers) { pointer.copyBytes(from: buffer) }
            let views = zip(buffers, pointers).map { UnsafeRawBufferPointer(rebasing: $1[..<$0.count]) }
            #expect(MD5Digest.many(views).map(\.hex) == expected)
            for level in Int32(0)...2 {
                guard let table = ck_table_at(level) else { continue }
                var raw = [UInt8](repeating: 0, count: 16 * buffers.count)
                var data: [UnsafePointer<UInt8>?] = views.map { $0.baseAddress?.assumingMemoryBound(to: UInt8.self) }
                var counts: [Int] = buffers.map(\.count)
                raw.withUnsafeMutableBytes {
                    ck_md5_many_at(
                        table, buffers.count, &data, &counts, $0.baseAddress?.assumingMemoryBound(to: Sixteen.self))
                }
                #expect(
                    stride(from: 0, to: raw.count, by: 16).map { Digest.hex(raw[$0..<$0 + 16]) } == expected,
                    "level \(level)")
            }
        }
    }

    private typealias Sixteen = (
        UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8
    )

    @Test("an edit is noticed whatever it changes: size, content of the same size, time alone costs one read")
    func hashState() throws {
        let directory = try TemporaryDirectory()
        var workspace = try Workspace.create(directory.path, environment: [:])
        for index in 0..<50 {
            let path = try directory.write("file \(index)", to: "d/\(index % 5)/\(index)")
            // What was written just now would be read again all the same.
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -9)], ofItemAtPath: path)
        }
        let first = try #require(try workspace.entry(directory.file("d"), shownAs: "d"))
        try workspace.hashes.save()
        var generator = SeededRandom(seed: 3)
        for round in 0..<30 {
            workspace = try Workspace(root: directory.path, environment: [:])
            #expect(try workspace.entry(directory.file("d"), shownAs: "d") == first)
            let index = generator.index(below: 50)
            let path = "d/\(index % 5)/\(index)"
            // The same size, written right after the last look.
            try directory.write("FILE \(index)", to: path)
            let changed = try #require(try workspace.entry(directory.file("d"), shownAs: "d"))
            #expect(changed.md5 != first.md5, "round \(round)")
            try workspace.hashes.save()
            try directory.write("file \(index)", to: path)
            #expect(
                try Workspace(root: directory.path, environment: [:]).entry(directory.file("d"), shownAs: "d")?.md5
                    == first.md5)
        }
        // A damaged table is no table.
        let tables = try Paths.files(below: directory.file(".dvc/tmp/hftml-state/trees"))
        for name in tables {
            let path = directory.file(".dvc/tmp/hftml-state/trees/\(name)")
            var bytes = try FileChunks.bytes(path)
            for place in [0, 9, 41, bytes.count / 2, bytes.count - 1] {
                bytes[place] ^= 0x40
                try Data(bytes).write(to: URL(fileURLWithPath: path))
                #expect(
                    try Workspace(root: directory.path, environment: [:]).entry(directory.file("d"), shownAs: "d")?.md5
                        == first.md5)
                bytes[place] ^= 0x40
            }
            try Data(bytes.prefix(bytes.count / 2)).write(to: URL(fileURLWithPath: path))
            #expect(
                try Workspace(root: directory.path, environment: [:]).entry(directory.file("d"), shownAs: "d")?.md5
                    == first.md5)
        }
    }

    @Test("what stands as it did is not read again: a file, and in a directory that changed the files that did not")
    func hashStateSavesReading() throws {
        let directory = try TemporaryDirectory(), names = ["f", "d/a", "d/b", "d/e"]
        /// How many files were read to say what a path holds.
        func reads(_ name: String) throws -> Int {
            let workspace = try Workspace(root: directory.path, environment: [:]), progress = TransferProgress()
            _ = try workspace.ingest(directory.file(name), shownAs: name, progress: progress)
            try workspace.hashes.save()
            return progress.expectedFiles
        }
        /// Looks until the files' times are old enough to be trusted.
        func settle(_ name: String) throws {
            try RunProgram.wait { try reads(name) == 0 }
        }
        _ = try Workspace.create(directory.path, environment: [:])
        for name in names { try directory.write("first", to: name) }
        try settle("f")
        try settle("d")
        #expect(try reads("f") == 0 && reads("d") == 0)
        // New names among the old ones.
        for name in ["d/0", "d/c", "d/d", "d/z"] { try directory.write("other", to: name) }
        #expect(try reads("d") == 4 && reads("f") == 0)
        try settle("d")
        for name in ["d/0", "d/b"] { try Paths.remove(directory.file(name)) }
        #expect(try reads("d") == 0)
        // A part is known with the whole.
        try directory.write("deep", to: "d/g/h")
        try settle("d")
        #expect(try reads("d/g") == 0)
    }

    @Test("a change of the same size under a time that was set back is seen, in a file and in a directory")
    func changeTime() throws {
        let directory = try TemporaryDirectory(), old = Date(timeIntervalSince1970: 1_700_000_000)
        func write(_ text: String, to name: String) throws {
            if !Paths.exists(directory.file(name)) { try directory.write("....", to: name) }
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: directory.file(name)))
            try file.write(contentsOf: Data(text.utf8))
            try file.close()
            try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: directory.file(name))
        }
        _ = try Workspace.create(directory.path, environment: [:])
        func md5(_ name: String) throws -> String? {
            let workspace = try Workspace(root: directory.path, environment: [:])
            defer { try? workspace.hashes.save() }
            return try workspace.entry(directory.file(name), shownAs: name)?.md5
        }
        for name in ["f", "d/a"] { try write("1111", to: name) }
        let before = try (md5("f"), md5("d"))
        for name in ["f", "d/a"] { try write("2222", to: name) }
        #expect(try md5("f") == Digest.md5(Array("2222".utf8)) && md5("f") != before.0 && md5("d") != before.1)
    }

    @Test("a table of the version before is made anew in silence")
    func oldTable() throws {
        let directory = try TemporaryDirectory()
        let workspace = try Workspace.create(directory.path, environment: [:])
        try directory.write("x", to: "f")
        var info = stat()
        #expect(stat(directory.file("f"), &info) == 0)
        let wrong = String(repeating: "0", count: 32)
        try directory.write(
            "\(info.st_ino)\t1\t\(info.st_mtim.tv_sec * 1_000_000_000 + info.st_mtim.tv_nsec)\t\(wrong)\t"
                + "\(directory.file("f"))\n", to: ".dvc/tmp/hftml-state/files")
        #expect(try workspace.entry(directory.file("f"), shownAs: "f")?.md5 == Digest.md5(Array("x".utf8)))
    }

    @Test("a file that is written while it is read is refused, small or large, and nothing of it is recorded")
    func unsteady() throws {
        let directory = try TemporaryDirectory()
        let workspace = try Workspace.create(directory.path, environment: [:])
        let path = try directory.write(String(repeating: "x", count: 24 << 20), to: "d/large")
        let isDone = Guarded(false)
        let writer = Thread {
            guard let file = FileHandle(forWritingAtPath: path) else { return }
            var round = 0
            while !isDone.value {
                _ = try? file.seek(toOffset: UInt64(round % (24 << 20)))
                try? file.write(contentsOf: Data("y".utf8))
                round += 4_093
            }
        }
        writer.start()
        defer { isDone.update { $0 = true } }
        for name in ["d/large", "d"] {
            let error = try #require(throws: Failure.self) { try workspace.add(directory.file(name)) }
            #expect(error.code == "data.changed-while-reading" && error.message.contains("d/large"))
            #expect(!Paths.exists(directory.file("\(name).dvc")))
        }
        // To those who only look it counts as changed.
        let entry = DataEntry(path: "large", md5: String(repeating: "0", count: 32), size: 1)
        #expect(try workspace.state(of: entry, at: path) == .modified)
    }

    @Test("shell patterns and ignore rules, as Git reads them")
    func globs() {
        for (pattern, path, matches) in [
            ("*.csv", "a.csv", true), ("*.csv", "d/a.csv", false), ("**/*.csv", "d/e/a.csv", true),
            ("**/*.csv", "a.csv", true), ("a/**", "a/b/c", true), ("a/**/z", "a/z", true),
            ("a/**/z", "a/b/c/z", true), ("a?c", "abc", true), ("a?c", "a/c", false), ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false), ("\\*x", "*x", true), ("\\*x", "ax", false),
            ("[", "[", true), ("*a*a*a*a*a*b", String(repeating: "a", count: 60), false),
            ("raw/*/x-*.gz", "raw/d/x-1.gz", true), ("é*", "état", true),
        ] { #expect(Glob.matches(pattern, path) == matches, "\(pattern) \(path)") }
    }
}
