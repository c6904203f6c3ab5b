import Basics
import Foundation
import TestSupport
import Testing

/// Files that somebody made to do harm: a clear error, nothing written outside the workspace, no crash.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: RunProgram.hftml), "needs the built programs"))
struct HostileInputTests {
    /// A workspace beside a directory that nobody may write into, and an object that would land there.
    private static func repository() throws -> (repository: TestRepository, outside: String, md5: String) {
        let repository = try TestRepository()
        #expect(try repository.hftml("init").status == 0)
        try repository.write("evil", to: "seed")
        #expect(try repository.hftml("add", "seed").status == 0)
        let outside = repository.directory.file("outside")
        try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true)
        return (repository, outside, Digest.md5(Array("evil".utf8)))
    }

    private static func put(_ bytes: [UInt8], suffix: String, _ repository: TestRepository) throws -> String {
        let md5 = Digest.md5(bytes) + suffix
        try FileManager.default.createDirectory(
            atPath: repository.file(".dvc/cache/files/md5/\(md5.prefix(2))"), withIntermediateDirectories: true)
        try Data(bytes).write(
            to: URL(fileURLWithPath: repository.file(".dvc/cache/files/md5/\(md5.prefix(2))/\(md5.dropFirst(2))")))
        return md5
    }

    private static func expectHarmless(_ repository: TestRepository, _ outside: String, _ what: String) throws {
        for arguments in [
            ["checkout", "--force"], ["status"], ["pull"], ["repro"], ["gc", "--workspace", "--dry-run"], ["verify"],
            ["diff"],
        ] {
            let result = try RunProgram.run(RunProgram.hftml, arguments, in: repository.path)
            // 128 and more are signals; 2 is a verdict.
            #expect(result.status < 128, "\(what), \(arguments): \(result)")
            if result.status != 0 {
                #expect(result.errors.contains("error:") || result.status == 2, "\(what), \(arguments): \(result)")
            }
        }
        #expect(try Paths.entries(outside).isEmpty, "\(what): something was written outside")
        #expect(!repository.exists("../x") && !repository.exists("../outside/x"), "\(what)")
    }

    @Test(
        "pointers and locks that lead out of the workspace",
        arguments: [
            "../outside/x", "/tmp/hftml-hostile-x", "a/../../outside/x", "..", ".", ".git/hooks/x", ".dvc/config", "",
        ])
    func pointers(path: String) throws {
        let (repository, outside, md5) = try HostileInputTests.repository()
        try repository.write("outs:\n- md5: \(md5)\n  size: 4\n  hash: md5\n  path: '\(path)'\n", to: "x.dvc")
        let checkout = try repository.hftml("checkout", "--force")
        #expect(checkout.status == 1 || checkout.status == 64, "\(checkout)")
        try HostileInputTests.expectHarmless(repository, outside, "pointer \(path)")
        try repository.remove("x.dvc")
        try repository.write("stages:\n  s: {cmd: 'true', deps: [seed], outs: ['\(path)']}\n", to: "dvc.yaml")
        try repository.write(
            "schema: '2.0'\nstages:\n  s:\n    cmd: 'true'\n    deps:\n    - {path: seed, hash: md5, md5: \(md5), "
                + "size: 4}\n    outs:\n    - {path: '\(path)', hash: md5, md5: \(md5), size: 4}\n",
            to: "dvc.lock")
        try HostileInputTests.expectHarmless(repository, outside, "lock \(path)")
        #expect(!FileManager.default.fileExists(atPath: "/tmp/hftml-hostile-x"))
        #expect(try repository.read(".dvc/config") == "")
    }

    @Test(
        "directory objects that lead out of the workspace",
        arguments: ["../outside/x", "/tmp/hftml-hostile-x", "a/../../../outside/x", "a//b", "./x", "a/\u{0}b", ""])
    func listings(path: String) throws {
        let (repository, outside, md5) = try HostileInputTests.repository()
        let listing = JSONValue.list([.map(["md5": .string(md5), "relpath": .string(path)])]).text(.canonical)
        let tree = try HostileInputTests.put(Array(listing.utf8), suffix: ".dir", repository)
        try repository.write(
            "outs:\n- md5: \(tree)\n  size: 4\n  nfiles: 1\n  hash: md5\n  path: data\n", to: "data.dvc")
        let checkout = try repository.hftml("checkout", "data.dvc", "--force")
        #expect(checkout.status == 1 && checkout.errors.contains("listing"), "\(checkout)")
        try HostileInputTests.expectHarmless(repository, outside, "listing \(path)")
    }

    @Test("links that lead out of the workspace are not followed when writing")
    func links() throws {
        let (repository, outside, md5) = try HostileInputTests.repository()
        // The parent of the data is a link.
        try FileManager.default.createSymbolicLink(atPath: repository.file("way"), withDestinationPath: outside)
        try repository.write("outs:\n- md5: \(md5)\n  size: 4\n  hash: md5\n  path: x\n", to: "elsewhere.dvc")
        try FileManager.default.moveItem(atPath: repository.file("elsewhere.dvc"), toPath: repository.file("way-x.dvc"))
        try repository.write("outs:\n- md5: \(md5)\n  size: 4\n  hash: md5\n  path: way/x\n", to: "way-x.dvc")
        let checkout = try repository.hftml("checkout", "way-x.dvc", "--force")
        #expect(checkout.status == 1 && checkout.errors.contains("symbolic link"), "\(checkout)")
        // A directory inside tracked data is a link.
        let listing = JSONValue.list([.map(["md5": .string(md5), "relpath": .string("sub/x")])]).text(.canonical)
        let tree = try HostileInputTests.put(Array(listing.utf8), suffix: ".dir", repository)
        try repository.write(
            "outs:\n- md5: \(tree)\n  size: 4\n  nfiles: 1\n  hash: md5\n  path: data\n", to: "data.dvc")
        try repository.write("keep", to: "data/other")
        try FileManager.default.createSymbolicLink(atPath: repository.file("data/sub"), withDestinationPath: outside)
        let inner = try repository.hftml("checkout", "data.dvc", "--force")
        #expect(inner.status == 1 && inner.errors.contains("symbolic link"), "\(inner)")
        // A stage must not delete through a link either.
        try Data("precious".utf8).write(to: URL(fileURLWithPath: outside + "/p"))
        try repository.write("stages:\n  s: {cmd: echo 1 > way/p, deps: [seed], outs: [way/p]}\n", to: "dvc.yaml")
        #expect(try repository.hftml("repro").status == 1)
        #expect(try String(contentsOfFile: outside + "/p", encoding: .utf8) == "precious")
        try FileManager.default.removeItem(atPath: outside + "/p")
        #expect(try Paths.entries(outside).isEmpty)
    }

    @Test(
        "YAML that unfolds, nests or ends badly, in every file that is read",
        arguments: ["pointer", "dvc.yaml", "dvc.lock", "params.yaml", "pipeline.yaml"])
    func yaml(kind: String) throws {
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<12 {
            bomb += "a\(level): &a\(level) [\((0..<9).map { _ in "*a\(level - 1)" }.joined(separator: ", "))]\n"
        }
        let texts = [
            bomb, String(repeating: "[", count: 100_000), String(repeating: "{a: ", count: 20_000),
            String(repeating: "- ", count: 50_000) + "x", "outs: *none\n", "a: &a\n  b: *a\n", "\"\\x",
            "stages: {s: {cmd: x}, s: {cmd: y}}\n", "%YAML 9.9\n---\nx: 1\n", "stages:\n\t- x\n", "outs: 3\n",
            "schema: '3.0'\n", "- - - -\n", "",
        ]
        let (repository, outside, _) = try HostileInputTests.repository()
        let file = kind == "pointer" ? "hostile.dvc" : kind
        if kind == "params.yaml" {
            try repository.write("stages:\n  s: {cmd: 'echo ${a}', params: [a]}\n", to: "dvc.yaml")
        }
        if kind == "dvc.lock" {
            try repository.write("stages:\n  s: {cmd: 'true', deps: [seed], outs: [o]}\n", to: "dvc.yaml")
        }
        for text in texts {
            try repository.write(text, to: file)
            for arguments in [["status"], ["repro", "--dry-run"]] {
                let started = Clock.monotonic()
                let result = try RunProgram.run(RunProgram.hftml, arguments, in: repository.path)
                #expect(
                    result.status < 128, "\(kind) '\(text.prefix(30))': \(result.status) \(result.errors.suffix(200))")
                #expect(Clock.monotonic() - started < 10_000_000_000, "\(kind) '\(text.prefix(30))' took too long")
            }
        }
        // Bytes that are not UTF-8.
        try Data([0x6F, 0xFF, 0xFE, 0x3A]).write(to: URL(fileURLWithPath: repository.file(file)))
        let result = kind == "pointer" ? try repository.hftml("status") : try repository.hftml("repro", "--dry-run")
        #expect(result.status == 1 || result.status == 64, "\(kind): \(result)")
        #expect(result.errors.contains("UTF-8"), "\(kind): \(result.errors)")
        #expect(try Paths.entries(outside).isEmpty)
    }

    @Test("special files, broken links and names that are not UTF-8 are refused, not waited for")
    func specialFiles() throws {
        let (repository, _, _) = try HostileInputTests.repository()
        try repository.write("x", to: "data/a")
        mkfifo(repository.file("data/pipe"), 0o644)
        #expect(try repository.hftml("add", "data").errors.contains("special file"))
        try repository.remove("data/pipe")
        try FileManager.default.createSymbolicLink(
            atPath: repository.file("data/broken"), withDestinationPath: "nowhere")
        #expect(try repository.hftml("add", "data").errors.contains("broken symbolic link"))
        try FileManager.default.removeItem(atPath: repository.file("data/broken"))
        let name = Array(repository.file("data/").utf8CString.dropLast()) + [CChar(bitPattern: 0xFF), 0]
        let descriptor = open(name, O_CREAT | O_WRONLY, 0o644)
        close(descriptor)
        #expect(try repository.hftml("add", "data").errors.contains("not UTF-8"))
        unlink(name)
        try repository.write("*.tmp\n", to: "data/.dvcignore")
        #expect(try repository.hftml("add", "data").errors.contains(".dvcignore"))
        try repository.remove("data/.dvcignore")
        #expect(try repository.hftml("add", "data").status == 0)
    }
}
