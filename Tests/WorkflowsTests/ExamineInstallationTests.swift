import Basics
import Foundation
import TestSupport
import Testing
import Workflows

/// What `doctor` finds: of the machine, and of the workspace around.
@Suite struct ExamineInstallationTests {
    private func items(_ directory: String, environment: [String: String] = [:]) -> [ExamineInstallation.Item] {
        ExamineInstallation.run(Caller(actor: "ann@desk", environment: environment, directory: directory))
    }

    private func item(_ name: String, _ items: [ExamineInstallation.Item]) throws -> ExamineInstallation.Item {
        try #require(items.first { $0.name == name }, "\(name)")
    }

    @Test("a sound project: its commit, its registry and its remotes, in order")
    func sound() throws {
        let project = try TestProject(.empty), workspace = project.session.workspace
        _ = try ConfigureRemote.add("near", url: project.file("store"), isDefault: true, in: workspace)
        _ = try ConfigureRemote.add("far", url: "s3://bucket/data", in: workspace)
        let found = items(project.root)
        #expect(
            found.map(\.name) == [
                "hftml", "kernels", "AMX tiles", "OpenBLAS core", "HDF5", "libxml2", "libgit2", "git", "workspace",
                "registry",
                "remote", "remote",
            ])
        #expect(found.allSatisfy { $0.isUsable })
        #expect(try item("hftml", found).value == ToolVersion.current)
        let head = try RunProgram.run("/usr/bin/git", ["rev-parse", "HEAD"], in: project.root).output
        #expect(try item("git", found).value == "main at \(head.prefix(12))")
        #expect(try item("workspace", found).value == project.root)
        #expect(try item("registry", found).value == "Registry/registry.sqlite")
        #expect(
            Set(found.suffix(2).map(\.value)) == ["near  \(project.file("store"))  (default)", "far  s3://bucket/data"])
    }

    @Test("outside any workspace, that is what is wrong, and there is no more to say")
    func outside() throws {
        let directory = try TemporaryDirectory(), found = items(directory.path)
        let workspace = try item("workspace", found)
        #expect(!workspace.isUsable && workspace.hint != nil && found.last == workspace)
        #expect(try item("git", found).value == "no repository" && item("git", found).isUsable)
    }

    @Test("a registry that is no database is named with what to do")
    func damaged() throws {
        let project = try TestProject(.empty)
        try project.write(String(repeating: "no database", count: 1000), to: "Registry/broken.sqlite")
        let found = items(project.root, environment: ["HFTML_REGISTRY": "Registry/broken.sqlite"])
        let registry = try item("registry", found)
        #expect(!registry.isUsable && registry.hint != nil)
        #expect(registry.value.hasPrefix("Registry/broken.sqlite: found the registry"))
        #expect(try item("workspace", found).isUsable)
    }

    @Test("settings that cannot be read make the workspace unusable, with the place")
    func settings() throws {
        let project = try TestProject(.empty)
        try project.write("schemaVersion: 1\nregistri: x\n", to: "Registry/hftml.yaml")
        let workspace = try item("workspace", items(project.root))
        #expect(!workspace.isUsable && workspace.value.contains("hftml.yaml:2") && workspace.value.contains("registri"))
    }

    @Test("a core that the environment forces on OpenBLAS is told, where there is one")
    func forcedCore() throws {
        let directory = try TemporaryDirectory()
        let plain = try item("OpenBLAS core", items(directory.path))
        let forced = try item("OpenBLAS core", items(directory.path, environment: ["OPENBLAS_CORETYPE": "Atom"]))
        let isHere = plain.hint == nil
        #expect(
            forced.value
                == plain.value
                + (isHere ? " (forced by OPENBLAS_CORETYPE=Atom; unset it for benchmarks)" : ""))
        #expect(plain.isUsable && forced.isUsable, "only some trainings need it")
    }
}
