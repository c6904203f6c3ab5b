import Basics
import DataVersioning
import TestSupport
import Testing

/// Paths are bytes: `é` as one code point and as two are two names, and a mark at the start of a name is a name.
@Suite struct PathByteTests {
    private static let one = "caf\u{E9}", two = "cafe\u{301}", mark = "\u{301}x"

    @Test("texts are told apart and sorted by their bytes")
    func texts() {
        #expect(Self.one == Self.two && !Self.one.isExactly(Self.two), "to Swift they are one")
        #expect(ExactText(Self.one) != ExactText(Self.two))
        #expect(
            [Self.one, "cafz", Self.two].map(ExactText.init).sorted()
                == [Self.two, "cafz", Self.one].map(ExactText.init))
        var map: ExactMap<Int> = [Self.one: 1, Self.two: 2]
        map["x", default: 0] += 3
        #expect(map.count == 3 && map[Self.one] == 1 && map[Self.two] == 2 && map.sorted.map(\.value) == [2, 1, 3])
        #expect(!ExactSet([Self.one]).contains(Self.two) && ExactSet([Self.one, Self.two]).sorted.count == 2)
    }

    @Test("a name may begin with a mark that combines with the slash before it")
    func marks() {
        let path = "/w/d/\(Self.mark)"
        #expect(Paths.name(path).isExactly(Self.mark) && Paths.parent(path) == "/w/d")
        #expect(path.isBelow("/w/d") && !path.isBelow("/w/d/") && path.isAtOrBelow(path) && !"/w/dx".isBelow("/w/d"))
        #expect(Paths.normalized("/w/./d/\(Self.mark)").isExactly(path))
        #expect(Paths.relative(path, to: "/w").isExactly("d/\(Self.mark)"))
        #expect(Paths.relative("/w/\(Self.one)/a", to: "/w/\(Self.two)").isExactly("../\(Self.one)/a"))
    }

    @Test("two forms of a name are two files to .gitignore, the hash table, the ignore rules and the difference")
    func files() throws {
        let repository = try TestRepository()
        let workspace = try Workspace.create(repository.path, environment: [:])
        for (name, text) in [(Self.one, "1"), (Self.two, "22"), (Self.mark, "333")] {
            try repository.write(text, to: name)
            try repository.write(text, to: "d/\(name)")
            #expect(try workspace.add(repository.file(name)).entry.size == text.utf8.count)
        }
        let lines = try repository.read(".gitignore").split(separator: "\n").map { ExactText(String($0)) }
        #expect(lines == [Self.one, Self.two, Self.mark].map { ExactText("/" + $0) })
        for name in [Self.one, Self.two, Self.mark] {
            #expect(
                try workspace.hashes.md5(repository.file(name)).md5
                    == PointerFile.read(repository.file(name + ".dvc")).entry.md5)
        }
        let tree = try workspace.add(repository.file("d")).entry
        #expect(tree.fileCount == 3)
        try repository.commit("one")
        try repository.write("4444", to: "d/\(Self.two)")
        let difference = try workspace.difference(from: "HEAD")
        #expect(difference.modified.map { ExactText($0.path) } == ["d/", "d/" + Self.two].map(ExactText.init))
        try repository.write("/d/\(Self.one)\n", to: ".dvcignore")
        let rules = try IgnoreRules(root: repository.path, for: repository.path)
        #expect(rules.isIgnored("d/\(Self.one)", isDirectory: false))
        #expect(!rules.isIgnored("d/\(Self.two)", isDirectory: false))
        try repository.write("\(Self.mark)\n", to: "d/.dvcignore")
        let below = try IgnoreRules(root: repository.path, for: repository.file("d"))
        #expect(below.isIgnored("d/\(Self.mark)", isDirectory: false))
    }
}
