import Basics
import DataVersioning
import Foundation
import TestSupport
import Testing

/// DVC 2 hashed text files with CR LF taken for LF (section 6 of the compatibility specification).
@Suite struct LegacyHashTests {
    @Test(
        "texts are hashed with LF, other files as they are",
        arguments: [
            ("a\r\nb\r\n", "a\nb\n"), ("a\nb", "a\nb"), ("a\rb", "a\rb"), ("a\r\r\nb", "a\r\nb"), ("", ""),
            ("\r\n", "\n"),
            ("a\0b\r\n", "a\0b\r\n"), ("\t\u{8}\u{c}\r\n", "\t\u{8}\u{c}\n"),
            // Three of ten bytes that no text has are few enough, four of ten are not.
            ("\u{1}\u{1}\u{1}aaaaa\r\n", "\u{1}\u{1}\u{1}aaaaa\n"),
            ("\u{1}\u{1}\u{1}\u{1}aaaa\r\n", "\u{1}\u{1}\u{1}\u{1}aaaa\r\n"),
            // Only the first 512 bytes are looked at.
            (String(repeating: "a", count: 512) + "\0\r\n", String(repeating: "a", count: 512) + "\0\n"),
            (String(repeating: "a", count: 511) + "\0\r\n", String(repeating: "a", count: 511) + "\0\r\n"),
        ])
    func texts(_ text: String, _ hashed: String) throws {
        let directory = try TemporaryDirectory()
        let workspace = try Workspace.create(directory.path, environment: [:])
        let path = try directory.write(text, to: "f")
        let entry = try #require(try workspace.entry(path, shownAs: "f", isLegacy: true))
        #expect(entry.md5 == Digest.md5(Array(hashed.utf8)) && entry.isLegacy && entry.size == text.utf8.count)
        #expect(try workspace.entry(path, shownAs: "f")?.md5 == Digest.md5(Array(text.utf8)))
    }

    @Test("an entry of DVC 2 is checked out from its place in the cache, and written without 'hash'")
    func checkout() throws {
        let directory = try TemporaryDirectory()
        let workspace = try Workspace.create(directory.path, environment: [:])
        #expect(try workspace.entry(directory.file("none"), shownAs: "none", isLegacy: true) == nil)
        let md5 = Digest.md5(Array("a\n".utf8)), text = "outs:\n- md5: \(md5)\n  size: 3\n  path: f\n"
        try AtomicFile.write("a\r\n", to: workspace.store.path(md5, isLegacy: true))
        #expect(workspace.store.path(md5, isLegacy: true).hasSuffix("/cache/\(md5.prefix(2))/\(md5.dropFirst(2))"))
        try directory.write(text, to: "f.dvc")
        let pointer = try PointerFile.read(directory.file("f.dvc"))
        #expect(pointer.entry.isLegacy && YAMLWriter.text(pointer.node) == text && workspace.isCached(pointer.entry))
        #expect(try workspace.checkOut(pointer.entry, to: directory.file("f")) == .added)
        #expect(try FileChunks.text(directory.file("f")) == "a\r\n")
        #expect(try workspace.state(of: pointer) == .unchanged)
        #expect(try workspace.checkOut(pointer.entry, to: directory.file("f")) == .unchanged)
        try directory.write("b", to: "f")
        #expect(try workspace.state(of: pointer) == .modified)
        try AtomicFile.write("c", to: workspace.store.path(md5, isLegacy: true))
        #expect(throws: ObjectStore.StoreError.self) {
            try workspace.checkOut(pointer.entry, to: directory.file("f"), isForced: true)
        }
        #expect(try FileChunks.text(directory.file("f")) == "b")
        // A directory: its files are hashed alike.
        try directory.write("a\r\n", to: "d/x")
        let tree = try #require(try workspace.entry(directory.file("d"), shownAs: "d", isLegacy: true))
        #expect(tree.md5 == DirectoryTree([.init(path: "x", md5: md5)]).md5 && tree.fileCount == 1 && tree.size == 3)
    }
}
