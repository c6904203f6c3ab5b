import Basics
import Foundation
import TestSupport
import Testing
import Workflows

@Suite struct ConfigureRemoteTests {
    @Test("a directory is kept relative to the file that states it; the default is remembered")
    func add() throws {
        let project = try VersionedProject()
        let written = try ConfigureRemote.add(
            "storage", url: "s3://bucket/p", isDefault: true, in: try project.session().workspace)
        #expect(written == "s3://bucket/p")
        try ConfigureRemote.modify(
            "storage", option: "Region", value: "eu-west-1", in: try project.session().workspace)
        let workspace = try project.session().workspace
        let listed = try ConfigureRemote.list(in: workspace)
        #expect(listed.map(\.name) == ["storage"] && listed[0].isDefault && listed[0].url == "s3://bucket/p")
        #expect(listed[0].options.map(\.name) == ["region"] && listed[0].options.map(\.value) == ["eu-west-1"])
        #expect(ConfigureRemote.defaultRemote(in: workspace) == "storage")
        try ConfigureRemote.setDefault(nil, in: workspace)
        #expect(ConfigureRemote.defaultRemote(in: try project.session().workspace) == nil)
    }

    @Test("a second remote of a name, an unknown scheme, and a name that DVC cannot write are refused")
    func refused() throws {
        let project = try VersionedProject()
        _ = try ConfigureRemote.add("a", url: "/store", in: try project.session().workspace)
        let before = try project.read(".dvc/config")
        for (name, url, code) in [
            ("a", "/other", "remote.exists"), ("b", "gs://x", "remote.scheme"), ("b\"", "/x", "remote.name"),
            ("", "/x", "remote.name"),
        ] {
            let error = try #require(throws: Failure.self) {
                try ConfigureRemote.add(name, url: url, in: try project.session().workspace)
            }
            #expect(error.code == code && error.exitStatus == .usage)
        }
        #expect(try project.read(".dvc/config") == before)
        _ = try ConfigureRemote.add("a", url: "/other", replaces: true, in: try project.session().workspace)
        #expect(try ConfigureRemote.list(in: try project.session().workspace).map(\.url) == ["/other"])
    }

    @Test("secrets never reach a file that Git tracks, and are not shown")
    func secrets() throws {
        let project = try VersionedProject()
        _ = try ConfigureRemote.add("a", url: "s3://b", in: try project.session().workspace)
        for option in ["secret_access_key", "access_key_id", "session_token", "password"] {
            let error = try #require(throws: Failure.self) {
                try ConfigureRemote.modify("a", option: option, value: "S3CRET", in: try project.session().workspace)
            }
            #expect(error.code == "remote.secret" && error.hint?.contains("--local a \(option)") == true)
        }
        try ConfigureRemote.modify(
            "a", option: "secret_access_key", value: "S3CRET", level: .local, in: try project.session().workspace)
        #expect(try !project.read(".dvc/config").contains("S3CRET"))
        #expect(try project.read(".dvc/config.local").contains("S3CRET"))
        let shown = try ConfigureRemote.list(in: try project.session().workspace)[0].options
        #expect(shown.map(\.name) == ["secret_access_key"] && shown.map(\.value) == ["…"])
    }

    @Test("no secret is written to a local file that Git tracks, or would take in")
    func trackedLocal() throws {
        let project = try VersionedProject(), path = ".dvc/config.local"
        func modify(_ option: String = "password") -> Failure? {
            do {
                try ConfigureRemote.modify(
                    "a", option: option, value: "S3CRET", level: .local, in: try project.session().workspace)
            } catch { return error as? Failure }
            return nil
        }
        func run(_ program: String, _ arguments: String...) throws {
            #expect(try RunProgram.run(program, arguments, in: project.root).status == 0)
        }
        _ = try ConfigureRemote.add("a", url: "s3://b", in: try project.session().workspace)
        try project.write("", to: path)
        try run("/usr/bin/git", "add", "-f", path)
        let tracked = try #require(modify())
        #expect(tracked.code == "remote.secret" && tracked.message.hasSuffix("which Git tracks"))
        #expect(modify("region") == nil, "no secret")
        let mend = try #require(tracked.hint?.split(separator: ": ", maxSplits: 1).last)
        try run("/bin/sh", "-c", String(mend))
        try project.write("/tmp\n/cache\n", to: ".dvc/.gitignore")
        let seen = try #require(modify())
        #expect(seen.code == "remote.secret" && seen.message.hasSuffix("which Git does not ignore"))
        #expect(try !project.read(path).contains("password"))
        try run("/bin/sh", "-c", String(try #require(seen.hint?.split(separator: ": ", maxSplits: 1).last)))
        #expect(modify() == nil)
        #expect(try project.read(path).contains("password"))
    }

    @Test("options: the nearest for a typo, unset, and none without a value")
    func options() throws {
        let project = try VersionedProject()
        _ = try ConfigureRemote.add("a", url: "s3://b", in: try project.session().workspace)
        let typo = try #require(throws: Failure.self) {
            try ConfigureRemote.modify("a", option: "regon", value: "x", in: try project.session().workspace)
        }
        #expect(typo.code == "remote.option" && typo.hint == "did you mean 'region'?")
        let unknown = try #require(throws: Failure.self) {
            try ConfigureRemote.modify("b", option: "region", value: "x", in: try project.session().workspace)
        }
        #expect(unknown.code == "remote.unknown")
        let empty = try #require(throws: Failure.self) {
            try ConfigureRemote.modify(
                "a", option: "region", value: nil, isUnset: false, in: try project.session().workspace)
        }
        #expect(empty.code == "remote.option-value")
        try ConfigureRemote.modify("a", option: "jobs", value: "3", in: try project.session().workspace)
        try ConfigureRemote.modify(
            "a", option: "jobs", value: nil, isUnset: true, in: try project.session().workspace)
        #expect(try ConfigureRemote.list(in: try project.session().workspace)[0].options.isEmpty)
    }

    @Test("a removed remote is no default any more")
    func remove() throws {
        let project = try VersionedProject()
        _ = try ConfigureRemote.add("a", url: "/s", isDefault: true, in: try project.session().workspace)
        try ConfigureRemote.remove("a", in: try project.session().workspace)
        #expect(try ConfigureRemote.list(in: try project.session().workspace).isEmpty)
        #expect(ConfigureRemote.defaultRemote(in: try project.session().workspace) == nil)
        #expect(throws: Failure.self) { try ConfigureRemote.remove("a", in: try project.session().workspace) }
    }
}
