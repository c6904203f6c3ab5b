import Basics
import Foundation
import Registry
import TestSupport
import Testing
import Workflows

/// What a command line or a request brings along.
@Suite struct CallerTests {
    @Test("a typed path is left as it is from the directory of the process, and joined to another directory")
    func paths() {
        #expect(Caller(actor: "a").path("Data/bars") == "Data/bars")
        let caller = Caller(actor: "a", directory: "/projects/one/../two")
        #expect(caller.path("Data/bars") == "/projects/two/Data/bars")
        #expect(caller.path("/elsewhere") == "/elsewhere")
    }

    @Test("a directory that is not there is refused before anything runs")
    func noDirectory() throws {
        let directory = try TemporaryDirectory()
        #expect(throws: FileError("enter", directory.file("none"), number: ENOENT)) {
            try Caller.ofProcess(directory: directory.file("none"))
        }
        #expect(try Caller.ofProcess(directory: directory.path).directory == directory.path)
    }

    @Test("a directory behind a symbolic link is the real one: '..', locks and Git see one name, as after chdir")
    func link() throws {
        let directory = try TemporaryDirectory(), real = Paths.resolved(directory.path)
        try directory.write("", to: "deep/project/.dvc/config")
        try directory.write("out", to: "deep/out.csv")
        try directory.write("other", to: "out.csv")
        try FileManager.default.createSymbolicLink(
            atPath: directory.file("lnk"), withDestinationPath: directory.file("deep/project"))
        let caller = try Caller.ofProcess(directory: directory.file("lnk"))
        #expect(caller.directory == "\(real)/deep/project" && caller.path(".") == caller.directory)
        #expect(Paths.absolute(caller.path("../out.csv")) == "\(real)/deep/out.csv")
        #expect(try FileChunks.text(caller.path("../out.csv")) == "out")
        // A path that was typed with the name of the directory leads into it; one with a longer name does not.
        let typed = directory.file("lnk")
        #expect(
            caller.path("\(typed)/data/a.csv") == "\(real)/deep/project/data/a.csv"
                && caller.path(typed) == caller.directory)
        #expect(caller.path("\(typed)-2/a.csv") == "\(typed)-2/a.csv")
        // 'lnk/..' is the directory above the real one.
        #expect(try Caller.ofProcess(directory: directory.file("lnk/..")).directory == "\(real)/deep")
        #expect(try Session(caller).root == "\(real)/deep/project")
        let session = try Session(Caller(actor: "tests"), at: directory.file("lnk"))
        #expect(session.root == "\(real)/deep/project")
    }

    @Test("a removed working directory ends with what to do, unless an absolute directory is named")
    func removedDirectory() throws {
        let directory = try TemporaryDirectory()
        for typed in [nil, ".", "deep"] as [String?] {
            let failure = #expect(throws: Failure.self) {
                try Caller.ofProcess(directory: typed, workingDirectory: nil)
            }
            #expect(failure?.code == "caller.no-directory" && failure?.exitStatus == .failed)
            #expect(failure?.hint?.contains("hftml -C /path") == true)
        }
        #expect(
            try Caller.ofProcess(directory: directory.path, workingDirectory: nil).directory
                == Paths.resolved(directory.path))
        // The search for a .git or .dvc above ends for relative paths as well.
        #expect(Paths.upwards(from: "a/b") == ["a/b", "a", "."] && Paths.upwards(from: ".") == ["."])
        #expect(Paths.upwards(from: "/a/b") == ["/a/b", "/a", "/"])
    }

    @Test("a file is not a directory to start from")
    func file() throws {
        let directory = try TemporaryDirectory()
        try directory.write("", to: "file")
        #expect(throws: FileError("enter", directory.file("file"), number: ENOTDIR)) {
            try Caller.ofProcess(directory: directory.file("file"))
        }
    }

    @Test("the session of a directory: settings, the registry opened once, entries counted by who appended them")
    func session() throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            "aliases: [candidate, champion]\nregistry: Registry/own.sqlite\n", to: "Registry/hftml.yaml")
        try FileManager.default.createDirectory(atPath: directory.file(".dvc"), withIntermediateDirectories: true)
        try directory.write("", to: "deep/er/file")
        let session = try Session(Caller(actor: "ann@desk", directory: directory.file("deep/er")))
        let root = directory.path
        #expect(session.root == root && session.aliasOrder == ["candidate", "champion"])
        #expect(session.registryPath == "\(root)/Registry/own.sqlite")
        #expect(
            !FileManager.default.fileExists(atPath: session.registryPath), "nothing is opened before it is asked for")
        #expect(session.appendedEntries == 0)
        #expect(try session.registry() === session.registry())
        try session.registry().audit(action: "test", subject: .model("one"))
        #expect(session.appendedEntries == 1)
        #expect(try session.registry().auditEntries().map(\.actor) == ["ann@desk"])

        // Another session has a count of its own, and the caller's environment goes before the settings.
        let other = try Session(
            Caller(actor: "bob", environment: ["HFTML_REGISTRY": "Registry/other.sqlite"]), at: root)
        #expect(other.appendedEntries == 0 && other.registryPath == "\(root)/Registry/other.sqlite")
        #expect(try other.registry().auditEntries().isEmpty)
    }

    @Test("the clock of the caller is the clock of the record")
    func clock() throws {
        let directory = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: directory.file(".dvc"), withIntermediateDirectories: true)
        let session = try Session(Caller(actor: "a", clock: Clock { 42 }), at: directory.path)
        try session.registry().audit(action: "test", subject: .model("one"))
        #expect(try session.registry().auditEntries().map(\.time) == [42])
    }
}
