import Basics
import Foundation
import TestSupport
import Testing
import Workflows

@Suite struct InitializeWorkspaceTests {
    @Test("directories, attributes and the merge driver; a second time changes nothing")
    func initialize() throws {
        let project = try VersionedProject()
        for name in [".dvc", "Pipelines", "Registry", "Data"] { #expect(Paths.isDirectory(project.file(name))) }
        let attributes =
            "*.dvc merge=hftml\ndvc.lock merge=hftml\npartitions.lock merge=hftml\n"
            + "Registry/audit-heads.jsonl merge=union\nRegistry/revocations/*.jsonl merge=union\n"
            + "Registry/environments/*/authority.next.json merge=hftml\n"
        #expect(try project.read(".gitattributes") == attributes)
        #expect(try project.git("config", "merge.hftml.driver") == "'/opt/hftml' git-merge %O %A %B %P\n")
        try project.write("*.png binary", to: ".gitattributes")
        let again = try InitializeWorkspace.run(
            project.root, program: "/it's/hftml", environment: project.environment)
        #expect(again.hasMergeDriver && again.root == project.root)
        #expect(again.directories == [".dvc", "Pipelines", "Registry", "Data"])
        #expect(try project.read(".gitattributes") == "*.png binary\n" + attributes)
        #expect(try project.git("config", "merge.hftml.driver") == "'/it'\\''s/hftml' git-merge %O %A %B %P\n")
    }

    @Test("links in the place of attributes and rules, which Git may bring, are not copied into what everybody gets")
    func links() throws {
        for name in [".gitattributes", "Registry/.gitignore"] {
            let project = try VersionedProject(), secret = project.file("secret")
            try project.write("a private key\n", to: "secret")
            if Paths.exists(project.file(name)) { try Paths.remove(project.file(name)) }
            try FileManager.default.createSymbolicLink(atPath: project.file(name), withDestinationPath: secret)
            let error = #expect(throws: Failure.self) {
                try InitializeWorkspace.run(
                    project.root, program: "/opt/hftml", environment: project.environment)
            }
            #expect(error?.code == "file.special", "\(name)")
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: project.file(name)) == secret)
        }
    }

    @Test("heads of the log that two people signed at once merge without a conflict, and none is lost")
    func mergesHeads() throws {
        let project = try VersionedProject(), path = "Registry/audit-heads.jsonl"
        func commit(_ text: String) throws {
            try project.write(text, to: path)
            try project.git("add", "-A")
            try project.git("commit", "-q", "-m", "heads")
        }
        try commit("{\"head\":1}\n")
        try project.git("checkout", "-q", "-b", "ben")
        try commit("{\"head\":1}\n{\"head\":\"ben\"}\n")
        try project.git("checkout", "-q", "-")
        try commit("{\"head\":1}\n{\"head\":\"ann\"}\n")
        try project.git("merge", "-q", "--no-edit", "ben")
        #expect(
            try project.read(path).split(separator: "\n").sorted() == [
                "{\"head\":\"ann\"}", "{\"head\":\"ben\"}", "{\"head\":1}",
            ])
    }

    @Test("Git is offered public keys and gates, never private keys or the database; lines of people stay")
    func ignores() throws {
        let project = try VersionedProject()
        let files = [
            "registry.sqlite", "registry.sqlite-wal", "registry.sqlite-shm", "registry.sqlite.lock", "artefacts/a",
            "checkpoints/c", "scratch-1/s", "keys/ann.key.json", "keys/ci.secret", "environments/paper/state.json",
            "environments/paper/host.key.json", "environments/paper/inbox/1.authority.json",
        ]
        let shared = [
            ".gitignore", "environments/paper/authority.json", "environments/paper/authority.next.json",
            "environments/paper/authority/1.json",
            "environments/paper/environment.yaml", "environments/paper/runtime.json", "gates/demo.yaml",
            "keys/ann.pub.json",
            "trusted/ann.pub.json",
        ]
        for name in files + shared where name != ".gitignore" { try project.write("x", to: "Registry/\(name)") }
        func offered() throws -> [String] {
            try project.git("ls-files", "--others", "--exclude-standard", "Registry").split(separator: "\n").map {
                String($0.dropFirst("Registry/".count))
            }.sorted()
        }
        #expect(try offered() == shared)
        try project.write("/mine\r\n/keys/*.key.json", to: "Registry/.gitignore")
        for _ in 0..<2 { _ = try InitializeWorkspace.run(project.root, environment: project.environment) }
        let text = try project.read("Registry/.gitignore")
        #expect(text.hasPrefix("/mine\r\n/keys/*.key.json\r\n/*.sqlite*\r\n"))
        #expect(text.split(separator: "\r\n").count == 14)
        #expect(try offered() == shared)
    }

    @Test("outside Git only when that is asked for")
    func withoutGit() throws {
        let directory = try TemporaryDirectory()
        let error = try #require(throws: Failure.self) {
            try InitializeWorkspace.run(directory.path, environment: [:])
        }
        #expect(error.code == "init.no-git" && !Paths.exists(directory.file(".dvc")))
        let made = try InitializeWorkspace.run(directory.path, requiresGit: false, environment: [:])
        #expect(!made.hasMergeDriver && !Paths.exists(directory.file(".gitattributes")))
        #expect(try FileChunks.text(directory.file(".dvc/config")).contains("no_scm = True"))
    }

    @Test("files that both sides added to a directory are there after the merge of its pointer")
    func merge() throws {
        let project = try VersionedProject()
        func pointer(_ files: [String]) throws -> String {
            try project.remove("d")
            for name in files { try project.write("\(name)\n", to: "d/\(name)") }
            _ = try AddData.run([project.file("d")], in: try project.session().workspace)
            return try project.read("d.dvc")
        }
        let base = try project.write(try pointer(["a"]), to: "base")
        let ours = try project.write(try pointer(["a", "b"]), to: "ours")
        let theirs = try project.write(try pointer(["a", "c"]), to: "theirs")
        let expected = try pointer(["a", "b", "c"])
        let notes = try MergeVersionedFiles.run(
            base: base, ours: ours, theirs: theirs, path: "d.dvc", in: try project.session().workspace)
        #expect(try project.read("ours") == expected)
        #expect(notes.count == 1 && notes[0].contains("files of both sides (3)"), "\(notes)")
    }
}
