import Basics
import DataVersioning
import TestSupport
import Testing

/// What people keep in a pointer survives its rewriting.
@Suite struct PointerFileTests {
    private static let a = String(repeating: "a", count: 32), b = String(repeating: "b", count: 32)

    private func rewritten(_ text: String, _ change: (inout PointerFile) throws -> Void) throws -> String {
        let directory = try TemporaryDirectory()
        try directory.write(text, to: "x.dvc")
        var pointer = try PointerFile.read(directory.file("x.dvc"))
        try change(&pointer)
        try pointer.write()
        return try FileChunks.text(directory.file("x.dvc"))
    }

    @Test("comments stay, also with two outputs, and where keys come and go")
    func comments() throws {
        let text = """
            # top
            outs:
            # first
            - md5: \(Self.a)  # c1
              size: 5   # c2
              isexec: true
              hash: md5
              # before the path
              path: 'a'
            # second
            - md5: \(Self.b)
              hash: md5
              path: b # e
              desc: "words # of mine"
            # end
            meta:
              owner: {name: x}

            """
        #expect(try rewritten(text) { _ in } == text)
        let first = try rewritten(text) { pointer in
            pointer.entries[0].md5 = Self.b + ".dir"
            pointer.entries[0].size = 12345
            pointer.entries[0].fileCount = 3
            pointer.entries[0].isExecutable = false
        }
        let expected = text.replacing("- md5: \(Self.a)  # c1", with: "- md5: \(Self.b).dir # c1")
            .replacing("size: 5   # c2", with: "size: 12345 # c2").replacing("  isexec: true\n", with: "")
            .replacing("  path: 'a'\n", with: "  path: 'a'\n  nfiles: 3\n")
        #expect(first == expected)
        let second = try rewritten(text) { pointer in
            pointer.entries[1].md5 = Self.a
            pointer.entries[1].size = 7
        }
        #expect(
            second
                == text.replacing("- md5: \(Self.b)\n", with: "- md5: \(Self.a)\n").replacing(
                    "mine\"\n", with: "mine\"\n  size: 7\n"))
    }

    @Test("what names another version of the data goes with it; what is unchanged gets nothing new")
    func places() throws {
        let text = "outs:\n- md5: \(Self.a)\n  version_id: v1\n  etag: e\n  hash: md5\n  path: p\n  labels: [x]\n"
        let same = try rewritten(text) { _ in }
        #expect(same == text.replacing(" [x]", with: "\n  - x"), "no size is invented")
        let changed = try rewritten(text) { pointer in
            pointer.entry.md5 = Self.b
            pointer.entry.size = 2
        }
        #expect(changed == "outs:\n- md5: \(Self.b)\n  hash: md5\n  path: p\n  labels:\n  - x\n  size: 2\n")
    }

    @Test("where the text cannot be changed line by line, it says the right thing all the same")
    func flow() throws {
        let text = "# c\nouts: [{md5: \(Self.a), size: 1, hash: md5, path: p}]\n"
        let changed = try rewritten(text) {
            $0.entry.md5 = Self.b + ".dir"; $0.entry.fileCount = 2
        }
        #expect(changed.contains("md5: \(Self.b).dir") && changed.contains("nfiles: 2") && changed.contains("path: p"))
    }

    @Test("a hash that reads like a number is a hash still, or refused; it is never taken for none")
    func numbers() throws {
        func md5(_ text: String) throws -> String {
            try PointerFile("p.dvc", text: "outs:\n- md5: \(text)\n  hash: md5\n  path: p\n").entry.md5
        }
        let digits = String(repeating: "12", count: 16), zeros = "00" + digits.dropFirst(2)
        #expect(try md5(digits) == digits && md5("'\(zeros)'") == zeros)
        for text in [zeros, "1234567e\(digits.dropFirst(8))", "[a]", "true"] {
            #expect(throws: ConfigError.self) { try md5(text) }
        }
    }
}
