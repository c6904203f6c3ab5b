import Basics
import DataVersioning
import Foundation
import TestSupport
import Testing

/// How data gets into the workspace and out of it, and what must never be lost on the way.
@Suite struct CheckoutTests {
    let directory: TemporaryDirectory
    let workspace: Workspace

    init() throws {
        directory = try TemporaryDirectory()
        workspace = try Workspace.create(directory.path, environment: [:])
    }

    private static func md5(_ text: String) -> String { Digest.md5(Array(text.utf8)) }
    private func mode(_ name: String) -> mode_t {
        var info = stat()
        return lstat(directory.file(name), &info) == 0 ? info.st_mode & 0o777 : 0
    }
    private func inode(_ path: String) -> UInt64 {
        var info = stat()
        return stat(path, &info) == 0 ? UInt64(info.st_ino) : 0
    }
    private func code(_ body: () throws -> Void) -> String? {
        do { try body() } catch { return (error as? any UserFacingError)?.code ?? "\(error)" }
        return nil
    }

    @Test("executable files and empty directories are recorded as they stand while no content changes")
    func emptyDirectories() throws {
        try directory.write("1", to: "d/a")
        chmod(directory.file("d/a"), 0o755)
        // Each time by a process of its own.
        func recorded() throws -> [String] {
            let workspace = try Workspace(root: directory.path, environment: [:])
            let meta = try workspace.add(directory.file("d")).entry.meta
            #expect(meta?[path: "hftml.tree.executable"]?.listValue?.compactMap(\.stringValue) == ["a"])
            return (meta?[path: "hftml.tree.empty"]?.listValue ?? []).compactMap(\.stringValue)
        }
        #expect(try recorded() == [])
        try Paths.makeDirectory(directory.file("d/later"))
        #expect(try recorded() == ["later"])
        #expect(try recorded() == ["later"])
        try Paths.remove(directory.file("d/later"))
        #expect(try recorded() == [])
    }

    @Test("a file: added, unchanged, modified; its executable bit comes back")
    func file() throws {
        try directory.write("one", to: "f")
        chmod(directory.file("f"), 0o755)
        let entry = try workspace.add(directory.file("f")).entry
        #expect(entry.isExecutable && entry.size == 3 && entry.md5 == Self.md5("one"))
        #expect(try workspace.checkOut(entry, to: directory.file("f")) == .unchanged)
        chmod(directory.file("f"), 0o644)
        #expect(try workspace.checkOut(entry, to: directory.file("f")) == .modified && mode("f") & 0o100 != 0)
        try Paths.remove(directory.file("f"))
        #expect(try workspace.checkOut(entry, to: directory.file("new/g")) == .added)
        #expect(try FileChunks.text(directory.file("new/g")) == "one" && mode("new/g") & 0o100 != 0)
        // What is in no cache is not overwritten, what is in it may be.
        try directory.write("two", to: "f")
        #expect(code { try workspace.checkOut(entry, to: directory.file("f")) } == "data.would-lose")
        #expect(try FileChunks.text(directory.file("f")) == "two")
        _ = try workspace.ingest(directory.file("f"), shownAs: "f")
        #expect(try workspace.checkOut(entry, to: directory.file("f")) == .modified)
        var plain = entry
        plain.isExecutable = false
        #expect(try workspace.checkOut(plain, to: directory.file("f")) == .modified && mode("f") & 0o100 == 0)
        plain.md5 = Self.md5("none")
        #expect(code { try workspace.checkOut(plain, to: directory.file("f")) } == "data.missing-object")
        for path in [
            "/elsewhere/f", directory.file(".dvc/f"), directory.file(".git/f"), directory.file("a/../f"),
            directory.path,
        ] {
            #expect(code { try workspace.checkOut(entry, to: path) } == "data.outside", "\(path)")
        }
        symlink("/tmp", directory.file("link"))
        #expect(code { try workspace.checkOut(entry, to: directory.file("link/f")) } == "data.symbolic-link")
    }

    @Test("data behind a symbolic link of the workspace is refused; the workspace behind a link has its real name")
    func links() throws {
        try directory.write("1", to: "real/a.csv")
        symlink(directory.file("real"), directory.file("lnk"))
        #expect(code { _ = try workspace.add(directory.file("lnk/a.csv")) } == "data.symbolic-link")
        #expect(!Paths.exists(directory.file("real/a.csv.dvc")))
        let found = try Workspace.find(from: directory.file("lnk"), environment: [:])
        #expect(found.root == Paths.resolved(directory.path))
        try Paths.makeDirectory(directory.file("real/own/.dvc"))
        symlink(directory.file("real/own"), directory.file("own"))
        let own = try Workspace.find(from: directory.file("own"), environment: [:])
        #expect(own.root == "\(Paths.resolved(directory.path))/real/own")
    }

    @Test("a directory: only what differs is written, extra files go, empty directories and executable files come back")
    func tree() throws {
        for (name, text) in [("d/a", "1"), ("d/sub/b", "2"), ("d/run.sh", "3")] { try directory.write(text, to: name) }
        chmod(directory.file("d/run.sh"), 0o755)
        try Paths.makeDirectory(directory.file("d/empty/deep"))
        let entry = try workspace.add(directory.file("d")).entry, d = directory.file("d")
        #expect(entry.fileCount == 3 && entry.size == 3)
        #expect(entry.meta?[path: "hftml.tree.executable"]?.listValue?.compactMap(\.stringValue) == ["run.sh"])
        #expect(entry.meta?[path: "hftml.tree.empty"]?.listValue?.compactMap(\.stringValue) == ["empty/deep"])
        #expect(try workspace.checkOut(entry, to: d) == .unchanged)
        let untouched = inode(directory.file("d/a"))
        try directory.write("4", to: "d/extra/x")
        try directory.write("9", to: "d/sub/b")
        #expect(code { try workspace.checkOut(entry, to: d) } == "data.would-lose")
        #expect(Paths.exists(directory.file("d/extra/x")))
        #expect(try workspace.checkOut(entry, to: d, isForced: true) == .modified)
        #expect(try Paths.files(below: d) == ["a", "run.sh", "sub/b"] && !Paths.exists(directory.file("d/extra")))
        #expect(try FileChunks.text(directory.file("d/sub/b")) == "2" && inode(directory.file("d/a")) == untouched)
        #expect(Paths.isDirectory(directory.file("d/empty/deep")))
        chmod(directory.file("d/run.sh"), 0o644)
        #expect(try workspace.checkOut(entry, to: d) == .modified && mode("d/run.sh") & 0o100 != 0)
        try Paths.remove(d)
        #expect(try workspace.checkOut(entry, to: d) == .added)
        #expect(
            mode("d/run.sh") & 0o100 != 0 && mode("d/a") & 0o100 == 0
                && Paths.isDirectory(directory.file("d/empty/deep")))
        // A file where the directory belongs, and a directory where a file does.
        try Paths.remove(d)
        try directory.write("mine", to: "d")
        #expect(code { try workspace.checkOut(entry, to: d) } == "data.would-lose")
        #expect(try workspace.checkOut(entry, to: d, isForced: true) == .added && Paths.isDirectory(d))
        try Paths.remove(directory.file("d/a"))
        try Paths.makeDirectory(directory.file("d/a/hollow"))
        #expect(try workspace.checkOut(entry, to: d) == .modified)
        #expect(try FileChunks.text(directory.file("d/a")) == "1")
        // One lost object is named after the others were written, and keeps them back no longer.
        try Paths.remove(workspace.store.path(Self.md5("2")))
        try Paths.remove(d)
        #expect(code { try workspace.checkOut(entry, to: d) } == "data.missing-object")
        #expect(try Paths.files(below: d) == ["a", "run.sh"])
    }

    @Test(
        "links of each kind, as the settings ask for them; editing one needs a copy",
        arguments: ["hardlink", "symlink", "copy"])
    func links(_ type: String) throws {
        try directory.write("[cache]\n    type = \(type)\n", to: ".dvc/config")
        let workspace = try Workspace(root: directory.path, environment: [:])
        try directory.write("one", to: "f")
        try directory.write("two", to: "d/a")
        let entry = try workspace.add(directory.file("f")).entry, tree = try workspace.add(directory.file("d")).entry
        for (name, text) in [("f", "one"), ("d/a", "two")] {
            let object = workspace.store.path(Self.md5(text)), path = directory.file(name)
            var info = stat()
            #expect(lstat(path, &info) == 0 && (info.st_mode & S_IFMT == S_IFLNK) == (type == "symlink"))
            #expect((inode(path) == inode(object)) == (type != "copy"), "\(name)")
            try workspace.unprotect(path)
            #expect(inode(path) != inode(object) && mode(name) & 0o200 != 0, "\(name)")
            #expect(try FileChunks.text(path) == text)
        }
        #expect(try workspace.checkOut(entry, to: directory.file("f")) == .unchanged)
        _ = try workspace.checkOut(entry, to: directory.file("f"), isRelinking: true)
        _ = try workspace.checkOut(tree, to: directory.file("d"), isRelinking: true)
        #expect((inode(directory.file("f")) == inode(workspace.store.path(entry.md5))) == (type != "copy"))
        #expect((inode(directory.file("d/a")) == inode(workspace.store.path(Self.md5("two")))) == (type != "copy"))
        #expect(try workspace.state(of: PointerFile.read(directory.file("f.dvc"))) == .unchanged)
    }

    @Test("every state of data: unchanged, new, modified, deleted, not in cache")
    func states() throws {
        try directory.write("one", to: "f")
        let pointer = try workspace.add(directory.file("f")), path = directory.file("f")
        func state(_ entry: DataEntry? = nil) throws -> Workspace.DataState {
            try Workspace(root: directory.path, environment: [:]).state(of: entry ?? pointer.entry, at: path)
        }
        #expect(try state() == .unchanged)
        #expect(try state(DataEntry(path: "f", md5: "", size: 0)) == .new)
        try directory.write("two", to: "f")
        #expect(try state() == .modified)
        try Paths.remove(path)
        #expect(try state() == .deleted)
        try Paths.remove(workspace.store.path(pointer.entry.md5))
        #expect(try state() == .notInCache)
        #expect(try state(DataEntry(path: "f", md5: "", size: 0)) == .deleted)
        try directory.write("one", to: "f")
        #expect(try state() == .notInCache)
        var uncached = pointer.entry
        uncached.isCached = false
        #expect(try state(uncached) == .unchanged)
    }

    @Test("adding, moving and removing: pointers, ignore lines, and what is refused")
    func addMoveRemove() throws {
        try directory.write("1", to: "d/a")
        try directory.write("2", to: "f")
        let d = try workspace.add(directory.file("d")), f = try workspace.add(directory.file("f"))
        #expect(
            try FileChunks.text(f.path)
                == "outs:\n- md5: c81e728d9d4c2f636f067f89cc14862c\n  size: 1\n  hash: md5\n  path: f\n")
        for (path, expected) in [
            (directory.file("f.dvc"), "data.not-data"),
            ("/elsewhere", "data.outside"), (directory.file("none"), "file.system"),
        ] {
            let found = code { _ = try workspace.add(path) }
            #expect(
                found == expected || expected == "file.system" && found?.hasPrefix("file.") == true,
                "\(path): \(found ?? "")")
        }
        for (target, expected) in [
            (directory.file("d/f"), "data.overlap"), (directory.file("f"), "data.move"),
            (directory.file("f/x"), "data.move"),
            ("/elsewhere", "data.outside"),
        ] { #expect(code { _ = try workspace.move(f, to: target) } == expected, "\(target)") }
        try directory.write("3", to: "taken")
        #expect(code { _ = try workspace.move(f, to: directory.file("taken")) } == "data.exists")
        let moved = try workspace.move(f, to: directory.file("sub/g"))
        #expect(moved.path == directory.file("sub/g.dvc") && moved.entry.path == "g")
        #expect(
            try FileChunks.text(directory.file("sub/g")) == "2"
                && FileChunks.text(directory.file("sub/.gitignore")) == "/g\n")
        #expect(!Paths.exists(f.path) && !Paths.exists(directory.file("f")))
        #expect(try FileChunks.text(directory.file(".gitignore")) == "/d\n")
        // Into a directory, under its own name.
        #expect(try workspace.move(moved, to: directory.path + "/").path == directory.file("g.dvc"))
        try workspace.remove(d, isRemovingData: false)
        #expect(Paths.exists(directory.file("d/a")) && !Paths.exists(d.path))
        #expect(try FileChunks.text(directory.file(".gitignore")) == "/g\n")
        try workspace.remove(try PointerFile.read(directory.file("g.dvc")), isRemovingData: true)
        #expect(!Paths.exists(directory.file("g")) && !Paths.exists(directory.file(".gitignore")))
        #expect(code { _ = try workspace.pointer(named: directory.file("g")) } == "data.unknown-target")
    }

    @Test("a look at every byte of the cache finds what is damaged, who needs it, and what pointers state wrongly")
    func verify() throws {
        try directory.write("one", to: "d/a")
        try directory.write("two", to: "d/b")
        try directory.write("file", to: "f")
        _ = try workspace.add(directory.file("d"))
        let f = try workspace.add(directory.file("f"))
        let clean = try workspace.verifyCache()
        #expect(clean.objects == 4 && clean.problems.isEmpty)
        #expect(
            clean.bytes == 10
                + (Paths.size(workspace.store.path(try PointerFile.read(directory.file("d.dvc")).entry.md5)) ?? 0))
        let object = workspace.store.path(Self.md5("two"))
        chmod(object, 0o644)
        try Data("twi".utf8).write(to: URL(fileURLWithPath: object))
        let report = try workspace.verifyCache()
        #expect(report.problems.map(\.md5) == [Self.md5("two")] && report.problems[0].usedBy == ["d/b"])
        #expect(report.problems[0].object == object && report.problems[0].problem.contains(Self.md5("twi")))
        #expect(Paths.exists(object))
        #expect(try workspace.verifyCache(isRemoving: true).problems.count == 1 && !Paths.exists(object))
        #expect(try workspace.verifyCache().objects == 3)
        // The SHA-256 stands beside the MD5 that it belongs to.
        let (attested, digest) = try workspace.attest(f)
        #expect(digest == Digest.sha256(Array("file".utf8)))
        #expect(try PointerFile.read(attested.path).entry.meta?[path: "hftml.sha256.digest"]?.stringValue == digest)
        #expect(attested.entry.meta?[path: "hftml.sha256.md5"]?.stringValue == f.entry.md5)
        try directory.write("else", to: "f")
        #expect(code { _ = try workspace.attest(attested) } == "data.changed")
        #expect(try workspace.add(directory.file("f")).entry.meta == nil, "of other data it says nothing")
    }

    @Test("an import remembers its source, and follows it when asked")
    func imports() throws {
        let elsewhere = try TemporaryDirectory()
        try elsewhere.write("file", to: "e.txt")
        let data = DataImport(workspace)
        let pointer = try data.fromURL(elsewhere.file("e.txt"), to: directory.file("e1.txt"))
        #expect(try FileChunks.text(directory.file("e1.txt")) == "file" && pointer.isImport)
        #expect(pointer.source?[key: "md5"]?.stringValue == Self.md5("file"))
        let text = try FileChunks.text(pointer.path)
        #expect(
            text.hasPrefix(
                "md5: \(PointerFile.checksum(pointer.node))\nfrozen: true\ndeps:\n- md5: \(Self.md5("file"))\n"
                    + "  size: 4\n  hash: md5\n  path: \(elsewhere.file("e.txt"))"
            ), "\(text)")
        #expect(code { _ = try data.fromURL(elsewhere.file("e.txt"), to: directory.file("e1.txt")) } == "data.exists")
        #expect(code { _ = try workspace.add(directory.file("e1.txt")) } == "data.import")
        try elsewhere.write("other", to: "e.txt")
        let updated = try data.update(pointer)
        #expect(updated.entry.md5 == Self.md5("other") && updated.entry.size == 5)
        #expect(try FileChunks.text(directory.file("e1.txt")) == "other")
        #expect(try PointerFile.read(pointer.path).entry == updated.entry)
        try directory.write("mine", to: "e1.txt")
        #expect(code { _ = try data.update(updated) } == "data.would-lose")
        let noted = try data.fromURL(elsewhere.file("e.txt"), to: directory.file("e2"), isDownloading: false)
        #expect(noted.entry.md5.isEmpty && !Paths.exists(directory.file("e2")) && Paths.exists(noted.path))
        try elsewhere.write("x", to: "tree/sub/x")
        let tree = try data.fromURL(elsewhere.file("tree"), to: directory.file("t"))
        #expect(tree.entry.isDirectory && tree.entry.fileCount == 1)
        #expect(try FileChunks.text(directory.file("t/sub/x")) == "x")
        // Inside data that another pointer names it would have two owners.
        #expect(code { _ = try data.fromURL(elsewhere.file("e.txt"), to: directory.file("t/in")) } == "data.overlap")
        #expect(!Paths.exists(directory.file("t/in.dvc")))
        #expect(
            code { _ = try data.update(try workspace.add(try directory.write("1", to: "own"))) } == "data.not-import")
    }
}
