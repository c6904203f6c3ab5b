import Basics
import DataVersioning
import Foundation
import TestSupport
import Testing

@Suite("Listings in parts")
struct ListingChunksTests {
    /// 2,520 days of 20 instruments.
    private func files(_ days: Int) -> [DirectoryTree.File] {
        (0..<days).flatMap { day in
            (0..<20).map { symbol in
                DirectoryTree.File(
                    path: "\(CivilDate(daysSince1970: 16_000 + day))_S\(symbol).csv.gz",
                    md5: Digest.md5(Array("\(day) \(symbol)".utf8)))
            }
        }
    }

    @Test("come together again as DVC's bytes, whatever the names hold")
    func roundTrip() throws {
        let temporary = try TemporaryDirectory(), directory = temporary.path
        let chunks = ListingChunks(store: ObjectStore(directory: directory))
        let odd = ["a\"}b", "a, {b", "\\", "caf\u{E9}", "cafe\u{301}", "x/y z", "[", "}"].map {
            DirectoryTree.File(path: $0, md5: Digest.md5(Array($0.utf8)))
        }
        for files in [[], odd, Array(files(40)), odd + files(40)] {
            let tree = DirectoryTree(files), added = try chunks.add(tree)
            #expect(added.md5 == tree.md5)
            #expect(try chunks.bytes(added.md5, for: "d") == tree.bytes)
            let parts = try #require(try chunks.parts(added.md5))
            #expect(try parts.flatMap { try chunks.tree(part: $0, for: "d").files } == tree.files)
        }
    }

    @Test("one more day writes the parts it touches, not the names of all years")
    func oneDay() throws {
        let temporary = try TemporaryDirectory(), directory = temporary.path
        let chunks = ListingChunks(store: ObjectStore(directory: directory)), all = files(2_520)
        let first = try chunks.add(DirectoryTree(Array(all.dropLast(20))))
        #expect(first.written > 4_000_000)
        let second = try chunks.add(DirectoryTree(all))
        #expect(second.written < 250_000)
        #expect(try chunks.add(DirectoryTree(all)).written == 0)
        var revised = all
        revised[7].md5 = Digest.md5([1])
        #expect(try chunks.add(DirectoryTree(revised)).written < 250_000)
    }

    @Test("what somebody learned from stays when its data goes, and is read again part by part")
    func noted() throws {
        let temporary = try TemporaryDirectory(), store = ObjectStore(directory: temporary.path)
        let chunks = ListingChunks(store: store), old = DirectoryTree(files(100)), new = DirectoryTree(files(101))
        _ = try chunks.add(old)
        for tree in [old, new] { try chunks.note(read: tree) }
        #expect(chunks.isNoted(old.md5) && !chunks.contains(new.md5))
        #expect(try chunks.removeUnused(keep: [], olderThan: 0).objects == 1)
        let reader = ListingReader(store: store)
        #expect(!chunks.contains(old.md5))
        #expect(try reader.tree(old.md5, for: "d") == old && reader.tree(new.md5, for: "d") == new)
        #expect(try reader.tree(DirectoryTree(files(99)).md5, for: "d") == nil)
        #expect(new.content(at: "2013-10-22_S1.csv.gz")?.md5 == Digest.md5(Array("0 1".utf8)))
        #expect(new.nearest(to: "2013-12-20_S1.csv.g") == "2013-12-20_S1.csv.gz")
        // A list of other parts is no listing of that name.
        func list(_ tree: DirectoryTree) -> String {
            "\(temporary.path)/hftml/read/\(tree.md5.prefix(2))/\(tree.md5.dropLast(4).dropFirst(2))"
        }
        try Paths.remove(list(old))
        try FileManager.default.copyItem(atPath: list(new), toPath: list(old))
        #expect(throws: ObjectStore.StoreError.self) { _ = try ListingReader(store: store).tree(old.md5, for: "d") }
    }

    @Test("what is damaged is found, and what nobody keeps goes")
    func damage() throws {
        let temporary = try TemporaryDirectory(), directory = temporary.path
        let chunks = ListingChunks(store: ObjectStore(directory: directory))
        let old = try chunks.add(DirectoryTree(files(100))).md5, new = try chunks.add(DirectoryTree(files(101))).md5
        #expect(try chunks.removeUnused(keep: [new], olderThan: 3600).objects == 0)
        #expect(try chunks.removeUnused(keep: [new], olderThan: 0).bytes > 0)
        #expect(!chunks.contains(old))
        #expect(try chunks.bytes(new, for: "d") == DirectoryTree(files(101)).bytes)
        let part = try #require(try chunks.parts(new)?.first)
        let path = "\(directory)/hftml/parts/\(part.prefix(2))/\(part.dropFirst(2))"
        chmod(path, 0o644)
        try "{}".write(toFile: path, atomically: false, encoding: .utf8)
        #expect(throws: ObjectStore.StoreError.damaged(md5: part, object: path)) {
            try chunks.bytes(new, for: "d")
        }
        let found = try chunks.verify(isRemoving: false)
        #expect(found.map(\.md5) == [new] && found[0].problem?.contains(path) == true)
        // What cannot be read at all is told of as well, and the others are looked at.
        unlink(path)
        try Paths.makeDirectory(path)
        #expect(try chunks.verify(isRemoving: false).first?.problem != nil)
        rmdir(path)
        #expect(throws: ObjectStore.StoreError.missing(md5: part, path: "d")) { try chunks.bytes(new, for: "d") }
    }
}
