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
        func workspace() throws -> Workspace { try Workspace(root: directory.path, environment: [:]) }
        func md5(_ name: String) throws -> String? {
            let workspace = try workspace()
            defer { try? workspace.hashes.save() }
            return try workspace.entry(directory.file(name), shownAs: name)?.md5
        }
        /// Writes in place and puts the time of change back, so that only reading could tell.
        func write(_ text: String, to name: String) throws {
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: directory.file(name)))
            try file.write(contentsOf: Data(text.utf8))
            try file.close()
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1_700_000_000)], ofItemAtPath: directory.file(name))
        }
        _ = try Workspace.create(directory.path, environment: [:])
        for name in names {
            try directory.write("....", to: name)
            try write("first", to: name)
        }
        let first = Digest.md5(Array("first".utf8))
        let tree = { (files: [String]) in DirectoryTree(files.map { .init(path: $0, md5: first) }).md5 }
        #expect(try md5("f") == first && md5("d") == tree(["a", "b", "e"]))
        for name in names { try write("other", to: name) }
        #expect(try md5("f") == first)
        // New names among the old ones.
        for name in ["d/0", "d/c", "d/d", "d/z"] { try directory.write("first", to: name) }
        #expect(try md5("d") == tree(["0", "a", "b", "c", "d", "e", "z"]))
        for name in ["d/0", "d/b"] { try Paths.remove(directory.file(name)) }
        #expect(try md5("d") == tree(["a", "c", "d", "e", "z"]))
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
